import { randomFillSync } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SecretBytes } from "@strongroom/base";
import type { ErasableSecrets } from "@strongroom/kms";

const NAME = /^[0-9a-f]{32}$/;
const SIZE_BYTES = 32;

/**
 * One file of 32 bytes for each secret, apart from the index: an index keeps old pages, a file can be overwritten in
 * place. Spread over 256 folders. What a disk or a copying file system keeps underneath is not in our hands.
 */
export class ErasableFiles implements ErasableSecrets {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async create(name: string, secret: SecretBytes): Promise<void> {
    const path = this.#path(name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(secret.expose());
      await file.sync();
    } finally {
      await file.close();
    }
    // The entry, its folder and that folder's entry.
    for (const folder of [dirname(path), this.#folder, dirname(this.#folder)]) await syncFolder(folder);
  }

  async read(name: string): Promise<SecretBytes | null> {
    try {
      const bytes = await readFile(this.#path(name));
      if (bytes.length !== SIZE_BYTES) return null;
      return new SecretBytes(bytes);
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async erase(name: string): Promise<void> {
    const path = this.#path(name);
    try {
      const file = await open(path, constants.O_WRONLY);
      try {
        await file.write(randomFillSync(Buffer.alloc(SIZE_BYTES)), 0, SIZE_BYTES, 0);
        await file.sync();
      } finally {
        await file.close();
      }
      await rm(path);
      await syncFolder(dirname(path));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  #path(name: string): string {
    if (!NAME.test(name)) throw new TypeError("an erasable secret is named by 32 hexadecimal digits");
    return join(this.#folder, name.slice(0, 2), name);
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
