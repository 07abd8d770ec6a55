import { randomInt } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { ServerError } from "../server-error.ts";

const LOCK_FILE = "server.lock";

/** Held for as long as this process lives. */
export interface FolderLock {
  release(): void;
}

/** Two that ask in the same instant can each be in the other's way: both let go and ask again at different times. */
const TRIES = 20;
const LONGEST_PAUSE_MS = 50;

/**
 * Takes the data folder for one server. The kernel holds the lock for the process (SQLite's exclusive file lock), so
 * it is gone the moment the process is, however it ends, and no stale file has to be told from a live one.
 * Throws DataFolderInUse, within a second, when another server has it; of several that ask at once, one gets it.
 */
export async function lockFolder(dataDir: string): Promise<FolderLock> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const lock = tryLock(dataDir);
    if (lock !== null) return lock;
    await sleep(randomInt(1, LONGEST_PAUSE_MS));
  }
  throw new ServerError(
    "DataFolderInUse",
    "state",
    `another strongroom server is using the data folder ${dataDir}; stop it first, or choose another --data-dir`,
  );
}

/**
 * null when somebody else holds the lock, or half of it: SQLite takes a shared lock before the exclusive one, and two
 * shared holders refuse each other.
 */
function tryLock(dataDir: string): FolderLock | null {
  const database = new DatabaseSync(join(dataDir, LOCK_FILE), { timeout: 0 });
  try {
    // Nothing is ever written: no journal is needed beside the lock.
    database.exec("PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (isBusy(error)) return null;
    throw error;
  }
  return { release: () => database.close() };
}

function isBusy(error: unknown): boolean {
  const SQLITE_BUSY = 5;
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}
