import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ServerError } from "../server-error.ts";

const LOCK_FILE = "server.lock";

/** Held for as long as this process lives. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the data folder for one server. The kernel holds the lock for the process (SQLite's exclusive file lock), so
 * it is gone the moment the process is, however it ends, and no stale file has to be told from a live one.
 * Throws DataFolderInUse at once when another server has it.
 */
export function lockFolder(dataDir: string): FolderLock {
  const database = new DatabaseSync(join(dataDir, LOCK_FILE), { timeout: 0 });
  try {
    // Nothing is ever written: no journal is needed beside the lock.
    database.exec("PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (isBusy(error)) {
      throw new ServerError(
        "DataFolderInUse",
        "state",
        `another strongroom server is using the data folder ${dataDir}; stop it first, or choose another --data-dir`,
      );
    }
    throw error;
  }
  return { release: () => database.close() };
}

function isBusy(error: unknown): boolean {
  const SQLITE_BUSY = 5;
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}
