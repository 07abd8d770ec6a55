import type { Command } from "commander";
import { openFolder } from "../open-folder.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";
import { auditGroup } from "./audit-group.ts";

/** `strongroom audit public-key`: what digests are verified with, elsewhere and by anyone. */
export function addAuditPublicKey(program: Command): void {
  const command = auditGroup(program)
    .command("public-key")
    .description("print the Ed25519 public key that the trail's digests are verified with, as PEM");
  addSettingOptions(command, FOLDER_SETTINGS).action(async (options: Record<string, unknown>) => {
    const { vault } = await openFolder(flagsOf(options));
    try {
      process.stdout.write(vault.auditKeys.verifying.export({ format: "pem", type: "spki" }));
    } finally {
      await vault.close();
    }
  });
}
