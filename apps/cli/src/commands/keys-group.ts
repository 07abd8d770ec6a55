import type { Command } from "commander";

/** `strongroom keys …`: the group that the commands on keys share. */
export function keysGroup(program: Command): Command {
  const known = program.commands.find((command) => command.name() === "keys");
  return known ?? program.command("keys").description("work with the server's keys");
}
