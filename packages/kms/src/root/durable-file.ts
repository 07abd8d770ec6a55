import { randomBytes } from "node:crypto";
import { constants, link, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const STAGED_SUFFIX = /^[0-9a-f]{16}\.new$/;

/**
 * Makes `path` appear at once, complete and durable, or not at all: staged beside it, fsynced, linked, folder fsynced.
 * Returns false when `path` exists already, whoever made it; then nothing is written. A crash leaves at most a staged
 * file, which `removeStaged` clears. Passes on the operating system's errors.
 */
export async function createDurably(path: string, content: string): Promise<boolean> {
  const staged = join(dirname(path), `${stagedPrefix(path)}${randomBytes(8).toString("hex")}.new`);
  const file = await open(staged, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(staged, path);
  } catch (error) {
    // ENOENT: a process that found `path` complete has cleared staged files, ours among them.
    if (!hasCode(error, "EEXIST") && !(hasCode(error, "ENOENT") && (await exists(path)))) throw error;
    return false;
  } finally {
    await rm(staged, { force: true });
    await syncFolder(dirname(path));
  }
  return true;
}

/**
 * Puts `content` in the place of `path` at once and durably: staged beside it, fsynced, renamed, folder fsynced. A crash
 * leaves the old file or the new one. Passes on the operating system's errors.
 */
export async function replaceDurably(path: string, content: string): Promise<void> {
  const staged = join(dirname(path), `${stagedPrefix(path)}${randomBytes(8).toString("hex")}.new`);
  try {
    const file = await open(staged, "wx", 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(staged, path);
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Clears what a crash left staged for `path`. Only once `path` exists: until then a staged file may be about to win. */
export async function removeStaged(path: string): Promise<void> {
  const folder = dirname(path);
  const prefix = stagedPrefix(path);
  for (const name of await readdir(folder)) {
    if (name.startsWith(prefix) && STAGED_SUFFIX.test(name.slice(prefix.length))) {
      await rm(join(folder, name), { force: true });
    }
  }
}

/** Makes `path` and its missing parents, readable by the owner alone, each entry fsynced. */
export async function makeFolder(path: string): Promise<void> {
  if (await exists(path)) return;
  await makeFolder(dirname(path));
  try {
    await mkdir(path, 0o700);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
  await syncFolder(dirname(path));
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function stagedPrefix(path: string): string {
  return `.${basename(path)}.`;
}
