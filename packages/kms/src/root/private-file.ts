import { open } from "node:fs/promises";
import { hasCode } from "./durable-file.ts";
import { RootSealError } from "./root-seal-error.ts";

const MAX_FILE_SIZE_BYTES = 4096;
const OTHERS_MODE = 0o077;

/**
 * A small file that only its owner can reach; null: there is none. `what` names it in messages. The caller wipes the
 * bytes. Throws KeyFileExposed, KeyFileMalformed (over 4 KiB) or RootUnavailable.
 */
export async function readPrivateFile(path: string, what: string): Promise<Buffer | null> {
  try {
    await using file = await open(path, "r");
    // Looked at through the open file: what is checked is what is read.
    const { mode, size } = await file.stat();
    if ((mode & OTHERS_MODE) !== 0) {
      throw new RootSealError("KeyFileExposed", `others can reach the ${what}: run  chmod 600 ${path}`);
    }
    if (size > MAX_FILE_SIZE_BYTES) throw new RootSealError("KeyFileMalformed", `${path} is not a ${what}`);
    return await file.readFile();
  } catch (error) {
    if (error instanceof RootSealError) throw error;
    if (hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR")) return null;
    throw new RootSealError("RootUnavailable", `the ${what} ${path} cannot be read`, error);
  }
}
