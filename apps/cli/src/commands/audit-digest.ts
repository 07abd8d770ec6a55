import { printSignedDigest } from "@strongroom/audit";
import { createDigestMaker } from "@strongroom/server";
import type { Command } from "commander";
import { openFolder } from "../open-folder.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";
import { auditGroup } from "./audit-group.ts";

/** `strongroom audit digest`: signs what is on the trail now, and prints it for a witness. */
export function addAuditDigest(program: Command): void {
  const command = auditGroup(program)
    .command("digest")
    .description(
      "sign a digest of the trail now and print it, to be kept where this machine cannot change it",
    );
  addSettingOptions(command, FOLDER_SETTINGS).action(async (options: Record<string, unknown>) => {
    const { vault, loaded } = await openFolder(flagsOf(options));
    try {
      const maker = await createDigestMaker(vault, loaded.config.dataDir, 0);
      process.stdout.write(printSignedDigest(await maker.make()));
    } finally {
      await vault.close();
    }
  });
}
