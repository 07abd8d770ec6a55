import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createDurably, hasCode, makeFolder, removeStaged, syncFolder } from "./durable-file.ts";
import type { SlotAccess } from "./external-kms.ts";
import { firstSlottedRecord } from "./root-changes.ts";
import { deriveRootKeyId, deriveRootKeys, type RootKeys } from "./root-derivations.ts";
import { createRootKeyFile, type RootKeyFile, readRootKeyFile } from "./root-key-file.ts";
import {
  createRootRecord,
  type KeyFileRecord,
  type RootRecord,
  readRootRecord,
  recordBelongsTo,
} from "./root-record.ts";
import { RootSealError } from "./root-seal-error.ts";
import { unsealKeyFile, unsealSlotted } from "./root-unsealing.ts";
import { pathOf, type SlotOpener } from "./slot-opener.ts";
import type { SlottedRecord } from "./slotted-record.ts";

export interface RootSealOptions {
  readonly dataDir: string;
  /** Should lie outside `dataDir`, so that a copy of the data is not a copy of the key. */
  readonly rootKeyFile: string;
  /** Another way than `rootKeyFile` to open it. It is the only one tried. */
  readonly unsealWith?: SlotOpener | null;
  /** Absent: key files and passphrase files alone. */
  readonly access?: SlotAccess;
  /** Folders within `dataDir` whose content means that data exists. */
  readonly dataFolders?: readonly string[];
}

export const ROOT_RECORD_NAME = "root.json";
const DATA_FOLDERS = ["index", "blobs"] as const;

/** The unsealed root: only the keys derived from it are left in memory. */
export class RootSeal implements Disposable {
  readonly keyId: string;
  readonly keys: RootKeys;
  /** True in the one process that bound this data folder to the key file: time to tell its owner where that is. */
  readonly isNew: boolean;

  private constructor(keyId: string, keys: RootKeys, isNew: boolean) {
    this.keyId = keyId;
    this.keys = keys;
    this.isNew = isNew;
  }

  /**
   * Unseals the root of a data folder; over an empty folder, makes it first. Never makes a new root over existing
   * data. Any number of processes may do this at once, and any may die at any point: they end with one root.
   *
   * Two files, in this order: (1) the key file, (2) `root.json`, which names it. Each appears complete or not at
   * all, and the first is durable before the second exists. After a crash before (1) or between the two, the next
   * start goes on from there; after (2) the root exists. Throws `RootSealError`.
   */
  static async open(options: RootSealOptions): Promise<RootSeal> {
    const recordPath = join(options.dataDir, ROOT_RECORD_NAME);
    await prepareFolder(options.dataDir);
    // Data first, record second: data appears only after the record, so data seen here has one by now.
    const hasData = await holdsData(options.dataDir, options.dataFolders ?? DATA_FOLDERS);
    const record = await readRootRecord(recordPath);
    if (record === null && hasData) {
      throw new RootSealError(
        "RootRecordMissing",
        `${options.dataDir} holds data but no ${ROOT_RECORD_NAME}: restore that file from a backup of the folder, ` +
          "or use an empty data folder. A new root is never made over existing data.",
      );
    }
    const opener = openerOf(options);
    if (record?.version === 2) return RootSeal.#openSlots(options, opener, record, false);
    if (opener.method === "key-file")
      return RootSeal.#openKeyFile(options, pathOf(opener.source, accessOf(options)), record);
    if (record !== null) (await unsealKeyFile(record, opener, accessOf(options), recordPath)).wipe();
    const isNew = await createDurably(recordPath, await firstSlottedRecord(opener, accessOf(options)));
    const made = await readRootRecord(recordPath);
    if (made?.version === 2) return RootSeal.#openSlots(options, opener, made, isNew);
    throw new RootSealError("RootUnavailable", `${recordPath} was made by another server: start again`);
  }

  /** Format 1, or an empty folder that becomes one. */
  static async #openKeyFile(
    options: RootSealOptions,
    path: string,
    found: KeyFileRecord | null,
  ): Promise<RootSeal> {
    const recordPath = join(options.dataDir, ROOT_RECORD_NAME);
    let record: RootRecord | null = found;
    if (record === null) await ensureKeyFile(path);
    const keyFile = await requireKeyFile(options.dataDir, path, found);
    try {
      let isNew = false;
      if (record === null) {
        isNew = await createRootRecord(recordPath, keyFile.rootKey);
        record = await readRootRecord(recordPath);
      }
      requireMatch(options.dataDir, path, keyFile, record);
      // Another process may have linked either file a moment ago and not have flushed the folder yet.
      await settle(recordPath, path);
      return new RootSeal(keyFile.keyId, deriveRootKeys(keyFile.rootKey, record.salt), isNew);
    } finally {
      keyFile.rootKey.wipe();
    }
  }

  static async #openSlots(
    options: RootSealOptions,
    opener: SlotOpener,
    record: SlottedRecord,
    isNew: boolean,
  ): Promise<RootSeal> {
    const path = join(options.dataDir, ROOT_RECORD_NAME);
    const unsealed = await unsealSlotted(record, opener, accessOf(options), path);
    using rootKey = unsealed.rootKey;
    using deploymentKey = unsealed.deploymentKey;
    await settle(path, null);
    return new RootSeal(deriveRootKeyId(rootKey), deriveRootKeys(deploymentKey, record.salt), isNew);
  }

  wipe(): void {
    for (const key of Object.values(this.keys)) key.wipe();
  }

  [Symbol.dispose](): void {
    this.wipe();
  }
}

async function ensureKeyFile(path: string): Promise<void> {
  await prepareFolder(dirname(path));
  const existing = await readRootKeyFile(path);
  existing?.rootKey.wipe();
  if (existing === null) await createRootKeyFile(path);
  // Also when another process made it: it must outlive a power cut before a record names it.
  await syncOrRefuse(dirname(path));
}

/** How this folder is to be opened: as named, else with the root key file. */
const openerOf = (options: RootSealOptions): SlotOpener =>
  options.unsealWith ?? { method: "key-file", source: { kind: "file", path: options.rootKeyFile } };

const NO_ACCESS: SlotAccess = {
  kms: () => Promise.reject(new Error("no key service can be reached from here")),
  token: () => Promise.reject(new Error("no token can be reached from here")),
  variable: () => undefined,
};
const accessOf = (options: RootSealOptions): SlotAccess => options.access ?? NO_ACCESS;

async function requireKeyFile(
  dataDir: string,
  path: string,
  record: KeyFileRecord | null,
): Promise<RootKeyFile> {
  const keyFile = await readRootKeyFile(path);
  if (keyFile !== null) return keyFile;
  const keyId = record === null ? "just made" : record.keyId;
  throw new RootSealError(
    "KeyFileMissing",
    `${dataDir} is sealed under root key ${keyId}, and ${path} does not exist: put that root ` +
      "key file back, or name where it is with --root-key-file. Without it this data cannot be read, and a new " +
      "root is never made over existing data.",
  );
}

function requireMatch(
  dataDir: string,
  path: string,
  keyFile: RootKeyFile,
  record: RootRecord | null,
): asserts record is KeyFileRecord {
  const recordPath = join(dataDir, ROOT_RECORD_NAME);
  if (record === null || record.version !== 1) {
    throw new RootSealError("RootUnavailable", `${recordPath} changed while it was read: start again`);
  }
  if (record.keyId !== keyFile.keyId) {
    throw new RootSealError(
      "WrongRootKey",
      `${path} holds root key ${keyFile.keyId}, and ${dataDir} is sealed under root key ` +
        `${record.keyId}: name the file of that key with --root-key-file, or use the data folder of this one.`,
    );
  }
  if (!recordBelongsTo(record, keyFile.rootKey)) {
    throw new RootSealError(
      "RootRecordMalformed",
      `${recordPath} was changed: restore it from a backup of the data folder`,
    );
  }
}

async function holdsData(dataDir: string, folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    try {
      if ((await readdir(join(dataDir, folder))).length > 0) return true;
    } catch (error) {
      // A file where the folder should be is somebody's data too.
      if (hasCode(error, "ENOTDIR")) return true;
      if (!hasCode(error, "ENOENT"))
        throw new RootSealError("RootUnavailable", `${dataDir} cannot be read`, error);
    }
  }
  return false;
}

async function prepareFolder(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (error) {
    throw new RootSealError("RootUnavailable", `the folder ${path} cannot be created`, error);
  }
}

async function settle(recordPath: string, rootKeyFile: string | null): Promise<void> {
  await syncOrRefuse(dirname(recordPath));
  try {
    await removeStaged(recordPath);
    if (rootKeyFile !== null) await removeStaged(rootKeyFile);
  } catch (error) {
    // Nothing is staged in a place that cannot be written (a mounted secret).
    if (hasCode(error, "EROFS") || hasCode(error, "EACCES") || hasCode(error, "EPERM")) return;
    throw new RootSealError("RootUnavailable", "what an earlier start left behind cannot be removed", error);
  }
}

async function syncOrRefuse(folder: string): Promise<void> {
  try {
    await syncFolder(folder);
  } catch (error) {
    // A folder that may be passed through but not listed, or not written, holds nothing of ours to flush.
    if (hasCode(error, "EROFS") || hasCode(error, "EACCES")) return;
    throw new RootSealError("RootUnavailable", `the folder ${folder} cannot be flushed`, error);
  }
}
