import { statfs } from "node:fs/promises";
import { IndexError } from "./index-error.ts";
import { IndexConflictError, IndexIntegrityError } from "./index-port.ts";

const EIO = 5;
const EFBIG = 27;
const ENOSPC = 28;
const EDQUOT = 122;
const EROFS = 30;
const EACCES = 13;
const MAP_FULL = -30792;
const COMMIT_ERROR_WAIT_MS = 1000;
/** LMDB reports a write cut short as EIO: with less room than this, the disk being full is what cut it. */
const FULL_BELOW_BYTES = 4 * 1024 * 1024;

/** What a rejected LMDB transaction means to the caller; the index is as it was before it. */
export async function lmdbFailure(error: unknown, folder: string): Promise<Error> {
  if (error instanceof IndexError) return error;
  if (error instanceof IndexIntegrityError || error instanceof IndexConflictError) return error;
  const cause = await commitErrorOf(error);
  const code = codeOf(cause);
  const isFull = [ENOSPC, EDQUOT, EFBIG, MAP_FULL].some((full) => full === code);
  if (isFull || (code === EIO && (await freeBytes(folder)) < FULL_BELOW_BYTES)) {
    return new IndexError("IndexFull", "unavailable", "the index has no room for this commit", {}, cause);
  }
  if (code === EROFS || code === EACCES) {
    return new IndexError("IndexReadOnly", "unavailable", "the index cannot be written to", {}, cause);
  }
  return new IndexError("IndexUnavailable", "unavailable", "the index could not commit", {}, cause);
}

/** LMDB's reason for a failed commit comes in a promise of its own, which is rejected a little later. */
async function commitErrorOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !("commitError" in error)) return error;
  const reason = Promise.resolve(error.commitError).then(
    () => error,
    (cause: unknown) => cause,
  );
  const timer = Promise.withResolvers<unknown>();
  const timeout = setTimeout(() => timer.resolve(error), COMMIT_ERROR_WAIT_MS);
  try {
    return await Promise.race([reason, timer.promise]);
  } finally {
    clearTimeout(timeout);
  }
}

function codeOf(cause: unknown): number | null {
  return cause instanceof Error && "code" in cause && typeof cause.code === "number" ? cause.code : null;
}

async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    // Nothing is known of the room, so the failure keeps its own name.
    return Number.POSITIVE_INFINITY;
  }
}
