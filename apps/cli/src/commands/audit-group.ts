import type { Command } from "commander";

/** `strongroom audit …`: the group that the commands on the trail share. */
export function auditGroup(program: Command): Command {
  const known = program.commands.find((command) => command.name() === "audit");
  return known ?? program.command("audit").description("read and verify the audit trail");
}
