import type { MasterKeyState } from "@strongroom/kms";
import type { Command } from "commander";
import { openFolder } from "../open-folder.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";
import { keysGroup } from "./keys-group.ts";

/** `strongroom keys list`: the versions of the SSE-S3 master key, and what became of them. */
export function addKeysList(program: Command): void {
  const command = keysGroup(program)
    .command("list")
    .description("list the versions of the SSE-S3 master key")
    .option("--json", "print an array instead of lines");
  addSettingOptions(command, FOLDER_SETTINGS).action(async (options: Record<string, unknown>) => {
    const { vault } = await openFolder(flagsOf(options));
    try {
      const states = await vault.masterKeys.list();
      const text = options["json"] === true ? JSON.stringify(states) : states.map(printState).join("\n");
      process.stdout.write(`${text}\n`);
    } finally {
      await vault.close();
    }
  });
}

function printState({ version, createdMs, destroyedMs }: MasterKeyState): string {
  const made = `master key version ${version}: made ${new Date(createdMs).toISOString()}`;
  return destroyedMs === null ? made : `${made}, destroyed ${new Date(destroyedMs).toISOString()}`;
}
