import { open } from "node:fs/promises";
import { join } from "node:path";
import {
  MAX_BUNDLE_SIZE_BYTES,
  parseBundle,
  ROOT_RECORD_NAME,
  RootSealError,
  restoreBundle,
} from "@strongroom/kms";
import {
  dataFolder,
  loadConfig,
  lockFolder,
  prepareDataFolder,
  proveIndexOpens,
  ServerError,
  slotAccess,
} from "@strongroom/server";
import type { Command } from "commander";
import { addNewSlotOptions, bundlePassphrase, newSlotOf } from "../root-place.ts";
import { addSettingOptions, flagsOf } from "../setting-options.ts";
import { keysGroup } from "./keys-group.ts";
import { printSlots } from "./keys-slots.ts";

/** `strongroom keys restore FILE`: `root.json` from a backup, with one new slot. */
export function addKeysRestore(program: Command): void {
  const command = keysGroup(program)
    .command("restore")
    .argument("<FILE>", "the backup")
    .description(
      "put what opens the data back from a sealed backup, in one new slot; the server must be stopped",
    )
    .requiredOption("--passphrase <passphrase:SOURCE>", "the backup's passphrase")
    .option("--replace", "in the place of the root.json that is there, and of all its slots");
  addSettingOptions(addNewSlotOptions(command), ["data-dir"]).action(
    async (file: string, options: Readonly<Record<string, unknown>>) => {
      const slot = newSlotOf(options);
      const { dataDir } = loadConfig(flagsOf(options)).config;
      const bundle = parseBundle(await readBundle(file));
      using passphrase = await bundlePassphrase(options["passphrase"]);
      prepareDataFolder(dataFolder(dataDir));
      const lock = await lockFolder(dataDir);
      try {
        const record = await restoreBundle({
          path: join(dataDir, ROOT_RECORD_NAME),
          bundle,
          passphrase,
          slot,
          access: slotAccess,
          isReplacing: options["replace"] === true,
          prove: (keys) => prove(dataDir, keys),
        });
        printSlots(record, false);
      } finally {
        lock.release();
      }
    },
  );
}

async function prove(dataDir: string, keys: Parameters<typeof proveIndexOpens>[1]): Promise<void> {
  try {
    await proveIndexOpens(dataDir, keys);
  } catch (error) {
    throw new ServerError(
      "Tampered",
      "integrity",
      `the keys of this backup do not open the index in ${dataDir}: use the backup of this folder. Nothing was changed.`,
      {},
      error,
    );
  }
}

async function readBundle(path: string): Promise<string> {
  try {
    await using file = await open(path, "r");
    if ((await file.stat()).size > MAX_BUNDLE_SIZE_BYTES) return "";
    return await file.readFile("utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new RootSealError("RootUnavailable", `${path} cannot be read (${reason}): name the backup`);
  }
}
