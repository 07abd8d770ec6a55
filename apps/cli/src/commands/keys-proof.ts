import { findNewestProof, printProof, ServerError } from "@strongroom/server";
import type { Command } from "commander";
import { openFolder } from "../open-folder.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";
import { keysGroup } from "./keys-group.ts";

/** `strongroom keys proof`: the signed end of the last run that left nothing under an older master key. */
export function addKeysProof(program: Command): void {
  const command = keysGroup(program)
    .command("proof")
    .description("print the newest signed proof that nothing hangs on older SSE-S3 master keys");
  addSettingOptions(command, FOLDER_SETTINGS).action(async (options: Record<string, unknown>) => {
    const { vault } = await openFolder(flagsOf(options));
    try {
      const proof = await findNewestProof(vault.records);
      if (proof === null) {
        throw new ServerError("NoProof", "state", "no run has ended with a proof yet", {
          next: "strongroom keys rewrap --watch makes one",
        });
      }
      process.stdout.write(printProof(proof));
    } finally {
      await vault.close();
    }
  });
}
