import type { Command } from "commander";

/** `strongroom jobs …`: the group that the commands on jobs share. */
export function jobsGroup(program: Command): Command {
  const known = program.commands.find((command) => command.name() === "jobs");
  return known ?? program.command("jobs").description("work on all objects that match, in the background");
}
