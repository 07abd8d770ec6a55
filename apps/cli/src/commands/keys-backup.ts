import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { makeBundle, RootSealError } from "@strongroom/kms";
import type { Command } from "commander";
import { bundlePassphrase, withRootPlace } from "../root-place.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";
import { keysGroup } from "./keys-group.ts";

/** `strongroom keys backup FILE`: what opens the data, sealed under a passphrase of its own. */
export function addKeysBackup(program: Command): void {
  const command = keysGroup(program)
    .command("backup")
    .argument("<FILE>", "the backup; must not exist")
    .description("write a sealed backup of what opens the data; holds no data; the server must be stopped")
    .requiredOption(
      "--with <passphrase:SOURCE>",
      "its passphrase: passphrase:file:FILE, passphrase:env:NAME or passphrase:credential:NAME",
    );
  addSettingOptions(command, FOLDER_SETTINGS).action(
    async (file: string, options: Readonly<Record<string, unknown>>) => {
      using passphrase = await bundlePassphrase(options["with"]);
      const text = await withRootPlace(flagsOf(options), (place) =>
        makeBundle(place, passphrase, new Date()),
      );
      await writeNew(file, text);
      process.stdout.write(`${file}\n`);
      process.stderr.write(
        "Whoever has this file, its passphrase and the data reads everything: keep them apart.\n",
      );
    },
  );
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await using file = await open(path, "wx", 0o600);
    await file.writeFile(text);
    await file.sync();
    await using folder = await open(dirname(path), "r");
    await folder.sync();
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new RootSealError(
      "RootUnavailable",
      `${path} cannot be written (${reason}): name a file that does not exist`,
    );
  }
}
