import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";

/** Writes to standard output, as fast as its reader takes it. */
export async function writeToStandardOutput(body: AsyncIterable<Uint8Array>): Promise<number> {
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
  }
  return sizeBytes;
}

/**
 * Writes a file that is there only when all of it is: until then the bytes are in a file beside it that only its owner may
 * read, and which is removed when `body` fails.
 */
export async function writeFileAtomically(path: string, body: AsyncIterable<Uint8Array>): Promise<number> {
  const partial = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  const file = createWriteStream(partial, { flags: "wx", mode: 0o600, flush: true });
  let sizeBytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      sizeBytes += chunk.length;
      yield chunk;
    }
  };
  try {
    await pipeline(counted, file);
    await rename(partial, path);
    return sizeBytes;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
