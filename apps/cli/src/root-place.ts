import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SecretBytes } from "@strongroom/base";
import {
  type NewSlot,
  OPENER_FORMS,
  type PassphraseCost,
  parseSlotOpener,
  ROOT_RECORD_NAME,
  type RootPlace,
  RootSealError,
  readCost,
  readPassphrase,
  type SlotOpener,
} from "@strongroom/kms";
import { type Flags, loadConfig, lockFolder, ServerError, slotAccess } from "@strongroom/server";
import type { Command } from "commander";
import { rootAccess } from "./open-folder.ts";

type Options = Readonly<Record<string, unknown>>;

/**
 * Works on the root record of a data folder that no server uses meanwhile. Throws DataFolderInUse, NotInitialised
 * and what `use` throws.
 */
export async function withRootPlace<Result>(
  flags: Flags,
  use: (place: RootPlace) => Promise<Result>,
): Promise<Result> {
  const place = findRootPlace(flags);
  const { dataDir } = loadConfig(flags).config;
  const lock = await lockFolder(dataDir);
  try {
    return await use(place);
  } finally {
    lock.release();
  }
}

/** The same for a look or a copy, beside a server that may run. Throws NotInitialised. */
export function findRootPlace(flags: Flags): RootPlace {
  const loaded = loadConfig(flags);
  const { dataDir } = loaded.config;
  const path = join(dataDir, ROOT_RECORD_NAME);
  if (!existsSync(path)) {
    throw new ServerError(
      "NotInitialised",
      "state",
      `there is no ${path}: name the data folder with --data-dir, or put it back with "strongroom keys restore"`,
    );
  }
  const { rootKeyFile, unsealWith } = rootAccess(loaded);
  const opener = unsealWith ?? { method: "key-file", source: { kind: "file", path: rootKeyFile } };
  return { path, opener, access: slotAccess };
}

/** `--name`, `--with` and what a passphrase is to cost. */
export function addNewSlotOptions(command: Command): Command {
  return command
    .requiredOption("--name <SLOT>", "name of the new slot: a-z, 0-9, hyphens")
    .requiredOption("--with <METHOD:SOURCE>", `what will open it: ${OPENER_FORMS}; a key file is made`)
    .option("--argon2-memory <KIB>", "memory a passphrase costs (default 65536)")
    .option("--argon2-passes <N>", "passes over it (default 3)");
}

/** Throws SecretUnusable. */
export function newSlotOf(options: Options): NewSlot {
  return { name: String(options["name"]), opener: openerOf(options["with"]), cost: costOf(options) };
}

/** Throws SecretUnusable. */
export function openerOf(text: unknown): SlotOpener {
  try {
    return parseSlotOpener(String(text));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RootSealError("SecretUnusable", `--with and --slot: ${error.message}`);
  }
}

/** The passphrase of a backup, `passphrase:SOURCE` on the command line. The caller wipes it. Throws RootSealError. */
export async function bundlePassphrase(text: unknown): Promise<SecretBytes> {
  const opener = openerOf(text);
  if (opener.method === "passphrase") return readPassphrase(opener.source, slotAccess);
  throw new RootSealError(
    "SecretUnusable",
    "a backup opens with a passphrase: give passphrase:file:FILE or passphrase:env:NAME",
  );
}

function costOf(options: Options): PassphraseCost | null {
  const { argon2Memory, argon2Passes } = options;
  if (argon2Memory === undefined && argon2Passes === undefined) return null;
  const cost = readCost({
    memoryKiB: Number(argon2Memory ?? 65_536),
    passes: Number(argon2Passes ?? 3),
    lanes: 1,
  });
  if (cost !== null) return cost;
  throw new RootSealError("SecretUnusable", "--argon2-memory is 19456 to 1048576, --argon2-passes 2 to 16");
}
