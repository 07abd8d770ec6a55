import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasCode, makeFolder, removeStaged, syncFolder } from "./durable-file.ts";
import { deriveRootKeys, type RootKeys } from "./root-derivations.ts";
import { createRootKeyFile, type RootKeyFile, readRootKeyFile } from "./root-key-file.ts";
import { createRootRecord, type RootRecord, readRootRecord, recordBelongsTo } from "./root-record.ts";
import { RootSealError } from "./root-seal-error.ts";

export interface RootSealOptions {
  readonly dataDir: string;
  /** Should lie outside `dataDir`, so that a copy of the data is not a copy of the key. */
  readonly rootKeyFile: string;
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
    let record = await readRootRecord(recordPath);
    if (record === null && hasData) {
      throw new RootSealError(
        "RootRecordMissing",
        `${options.dataDir} holds data but no ${ROOT_RECORD_NAME}: restore that file from a backup of the folder, ` +
          "or use an empty data folder. A new root is never made over existing data.",
      );
    }
    if (record === null) await ensureKeyFile(options.rootKeyFile);
    const keyFile = await requireKeyFile(options, record);
    try {
      let isNew = false;
      if (record === null) {
        isNew = await createRootRecord(recordPath, keyFile.rootKey);
        record = await readRootRecord(recordPath);
      }
      requireMatch(options, keyFile, record);
      // Another process may have linked either file a moment ago and not have flushed the folder yet.
      await settle(recordPath, options.rootKeyFile);
      return new RootSeal(keyFile.keyId, deriveRootKeys(keyFile.rootKey, record.salt), isNew);
    } finally {
      keyFile.rootKey.wipe();
    }
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

async function requireKeyFile(options: RootSealOptions, record: RootRecord | null): Promise<RootKeyFile> {
  const keyFile = await readRootKeyFile(options.rootKeyFile);
  if (keyFile !== null) return keyFile;
  const keyId = record === null ? "just made" : record.keyId;
  throw new RootSealError(
    "KeyFileMissing",
    `${options.dataDir} is sealed under root key ${keyId}, and ${options.rootKeyFile} does not exist: put that root ` +
      "key file back, or name where it is with --root-key-file. Without it this data cannot be read, and a new " +
      "root is never made over existing data.",
  );
}

function requireMatch(
  options: RootSealOptions,
  keyFile: RootKeyFile,
  record: RootRecord | null,
): asserts record is RootRecord {
  const recordPath = join(options.dataDir, ROOT_RECORD_NAME);
  if (record === null) throw new RootSealError("RootUnavailable", `${recordPath} vanished while it was read`);
  if (record.keyId !== keyFile.keyId) {
    throw new RootSealError(
      "WrongRootKey",
      `${options.rootKeyFile} holds root key ${keyFile.keyId}, and ${options.dataDir} is sealed under root key ` +
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

async function settle(recordPath: string, rootKeyFile: string): Promise<void> {
  await syncOrRefuse(dirname(recordPath));
  try {
    await removeStaged(recordPath);
    await removeStaged(rootKeyFile);
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
