import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { link, mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Names in a trail's folder: `WRITER-NUMBER.trail`, and `digests/NUMBER.digest`. */
const SEGMENT_NAME = /^([0-9a-f]{32})-(\d{6,10})\.trail$/;
const DIGEST_NAME = /^(\d{8,10})\.digest$/;

export interface SegmentName {
  readonly name: string;
  readonly writerId: string;
  readonly number: number;
}

export function segmentName(writerId: string, number: number): string {
  return `${writerId}-${String(number).padStart(6, "0")}.trail`;
}

export function digestName(number: number): string {
  return `digests/${String(number).padStart(8, "0")}.digest`;
}

export async function prepareTrailFolder(folder: string): Promise<void> {
  await mkdir(join(folder, "digests"), { recursive: true, mode: 0o700 });
}

/** By writer, then by number. Empty where there is no folder. */
export async function listSegments(folder: string): Promise<readonly SegmentName[]> {
  const found: SegmentName[] = [];
  for (const name of await namesIn(folder)) {
    const [, writerId, number] = SEGMENT_NAME.exec(name) ?? [];
    if (writerId !== undefined) found.push({ name, writerId, number: Number(number) });
  }
  return found.sort((a, b) =>
    a.writerId < b.writerId ? -1 : a.writerId > b.writerId ? 1 : a.number - b.number,
  );
}

/** Numbers in ascending order. */
export async function listDigests(folder: string): Promise<readonly number[]> {
  const names = await namesIn(join(folder, "digests"));
  const numbers = names.flatMap((name) => DIGEST_NAME.exec(name)?.slice(1).map(Number) ?? []);
  return numbers.sort((a, b) => a - b);
}

/** null: it is not there. */
export async function findFile(folder: string, name: string): Promise<Buffer | null> {
  try {
    return await readFile(join(folder, name));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** When a segment was last written, and its size; zeros when it went away. */
export async function segmentFacts(
  folder: string,
  name: string,
): Promise<{ readonly writtenMs: number; readonly sizeBytes: number }> {
  try {
    const { mtimeMs, size } = await stat(join(folder, name));
    return { writtenMs: mtimeMs, sizeBytes: size };
  } catch {
    return { writtenMs: 0, sizeBytes: 0 };
  }
}

/** What a segment holds from `fromByte` on, as it is now. */
export async function readSegmentFrom(folder: string, name: string, fromByte: number): Promise<Buffer> {
  const file = await open(join(folder, name), "r");
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.max(0, size - fromByte));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, fromByte);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

export async function removeSegment(folder: string, name: string): Promise<void> {
  await rm(join(folder, name), { force: true });
}

/** Makes the file appear whole and durable, or not at all. False when it is there already. */
export async function createWhole(folder: string, name: string, text: string): Promise<boolean> {
  const staged = join(folder, `.${randomBytes(8).toString("hex")}.new`);
  const file = await open(staged, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(staged, join(folder, name));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(staged, { force: true });
  }
  await syncFolder(join(folder, "digests"));
  return true;
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
