import {
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { encodeSequence } from "@strongroom/base";
import { ImportError } from "./import-error.ts";
import type { SourceVersion } from "./import-source.ts";

const FORMAT = 1;
const DIGEST_BYTES = 18;
const MAX_FILE_BYTES = 2 ** 31 - 1;

/** What is known of one key of the source. */
export interface KeyProgress {
  /** Versions that are over, by their digests, with the target's version ids ("null": its bucket keeps none). */
  readonly done: Map<string, string>;
  /** Versions that the target had before, and that were asked to stay below. */
  readonly before: Set<string>;
}

/**
 * What was brought over already: a file that only grows, a line for each thing that happened, so that a run which is killed at any
 * moment loses at most the line it was about to write. It holds nothing secret: keyed digests of names (the key comes from the
 * target's secret access key), the target's version ids, times.
 */
export class ImportState {
  readonly startedMs: number;
  /** null: nothing is written down. */
  readonly #file: number | null;
  readonly #lockPath: string;
  readonly #key: KeyObject;
  readonly #keys = new Map<string, KeyProgress>();
  readonly #uploads = new Map<string, Set<string>>();

  private constructor(file: number | null, lockPath: string, key: KeyObject, startedMs: number) {
    this.#file = file;
    this.#lockPath = lockPath;
    this.#key = key;
    this.startedMs = startedMs;
  }

  /**
   * Opens or begins the file at `path`. `route` names source and target: a file of another route, or of other credentials, is
   * refused. With `isDryRun` it is read and not touched. Throws ImportError.
   */
  static open(path: string, route: string, secretAccessKey: string, isDryRun: boolean): ImportState {
    const lockPath = `${path}.lock`;
    if (!isDryRun) takeLock(lockPath);
    try {
      const lines = readLines(path, isDryRun);
      const [head] = lines;
      const begun = head === undefined ? null : parseHead(head, path);
      const salt = begun?.salt ?? randomBytes(16);
      const key = deriveKey(secretAccessKey, salt);
      const check = digestOf(key, ["route", route]);
      if (begun !== null && !isSame(check, begun.check))
        throw new ImportError(
          "FileUnusable",
          "invalid",
          `${path} belongs to another import, or to other credentials`,
          {
            next: "name another file with --state, or remove this one: what is there already is found again where ETags tell",
          },
        );
      const file = isDryRun ? null : openSync(path, "a", 0o600);
      const state = new ImportState(file, lockPath, key, begun?.startedMs ?? Date.now());
      if (begun === null)
        state.#append(
          ["strongroom-import", FORMAT, salt.toString("base64url"), check, state.startedMs].join(" "),
        );
      for (const line of lines.slice(1)) state.#replay(line);
      return state;
    } catch (error) {
      if (!isDryRun) rmSync(lockPath, { force: true });
      throw error;
    }
  }

  find(bucket: string, objectKey: string): KeyProgress | null {
    return this.#keys.get(this.#digest(["key", bucket, objectKey])) ?? null;
  }

  isDone(progress: KeyProgress | null, bucket: string, version: SourceVersion): boolean {
    return progress?.done.has(this.#digestVersion(bucket, version)) === true;
  }

  /** Says that a version is over. `targetVersionId` null: its bucket keeps no versions. */
  recordDone(bucket: string, version: SourceVersion, targetVersionId: string | null): void {
    const key = this.#digest(["key", bucket, version.objectKey]);
    this.#append(`d ${key} ${this.#digestVersion(bucket, version)} ${targetVersionId ?? "null"}`, true);
  }

  /** Says that these versions of the target are not from here. */
  recordBefore(bucket: string, objectKey: string, targetVersionIds: readonly string[]): void {
    const key = this.#digest(["key", bucket, objectKey]);
    for (const id of targetVersionIds) this.#append(`b ${key} ${id}`, true);
  }

  recordUpload(targetBucket: string, objectKey: string, uploadId: string): void {
    this.#append(`u ${this.#digest(["upload", targetBucket, objectKey])} ${uploadId}`, true);
  }

  /** Uploads that earlier runs began for this key and may not have ended. Those are told once. */
  takeUploads(targetBucket: string, objectKey: string): readonly string[] {
    const digest = this.#digest(["upload", targetBucket, objectKey]);
    const uploads = [...(this.#uploads.get(digest) ?? [])];
    this.#uploads.delete(digest);
    return uploads;
  }

  close(): void {
    if (this.#file === null) return;
    closeSync(this.#file);
    rmSync(this.#lockPath, { force: true });
  }

  #digestVersion(bucket: string, version: SourceVersion): string {
    const { kind, objectKey, versionId, lastModifiedMs, etag } = version;
    // Without versions, an object that was written anew is another one.
    const identity = versionId === null ? ["null", String(lastModifiedMs), etag] : ["id", versionId];
    return this.#digest(["version", bucket, objectKey, kind, ...identity]);
  }

  #digest(elements: readonly string[]): string {
    return digestOf(this.#key, elements);
  }

  #append(line: string, replay = false): void {
    if (this.#file !== null) writeSync(this.#file, `${line}\n`);
    if (replay) this.#replay(line);
  }

  #replay(line: string): void {
    const [kind, key = "", first = "", second = ""] = line.split(" ");
    if (kind === "u") {
      this.#uploads.set(key, (this.#uploads.get(key) ?? new Set()).add(first));
      return;
    }
    const progress = this.#keys.get(key) ?? { done: new Map(), before: new Set() };
    this.#keys.set(key, progress);
    if (kind === "d") progress.done.set(first, second);
    else if (kind === "b") progress.before.add(first);
  }
}

function deriveKey(secretAccessKey: string, salt: Buffer): KeyObject {
  const bytes = Buffer.from(hkdfSync("sha256", secretAccessKey, salt, "strongroom import state", 32));
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

function digestOf(key: KeyObject, elements: readonly string[]): string {
  return createHmac("sha256", key)
    .update(encodeSequence(elements))
    .digest()
    .subarray(0, DIGEST_BYTES)
    .toString("base64url");
}

const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** Whole lines alone: the last one may have been cut off by a kill. */
function readLines(path: string, isDryRun: boolean): readonly string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).size > MAX_FILE_BYTES)
    throw new ImportError("FileUnusable", "invalid", `${path} is longer than 2 GiB`, {
      next: "import bucket by bucket, each with a file of its own",
    });
  const lines = readFileSync(path, "latin1").split("\n");
  const torn = lines.pop() ?? "";
  // What comes next begins a line of its own.
  if (torn !== "" && !isDryRun)
    truncateSync(path, Buffer.byteLength(lines.join("\n"), "latin1") + (lines.length > 0 ? 1 : 0));
  return lines;
}

function parseHead(line: string, path: string): { salt: Buffer; check: string; startedMs: number } {
  const [name, format, salt = "", check = "", started = ""] = line.split(" ");
  const startedMs = Number(started);
  if (name !== "strongroom-import" || format !== String(FORMAT) || !(startedMs > 0))
    throw new ImportError("FileUnusable", "invalid", `${path} is no state file of an import`, {
      next: "name another file with --state",
    });
  return { salt: Buffer.from(salt, "base64url"), check, startedMs };
}

/** Two runs with one file would each write what the other does. */
function takeLock(path: string): void {
  for (let attempt = 0; ; attempt++) {
    try {
      const file = openSync(path, "wx", 0o600);
      writeSync(file, String(process.pid));
      closeSync(file);
      return;
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error) || error.code !== "EEXIST") throw error;
      const holder = Number(readFileSync(path, "utf8"));
      if (attempt > 0 || isAlive(holder))
        throw new ImportError("StateInUse", "state", `process ${holder} works with this state file`, {
          next: `wait for it, or remove ${path} when there is no such import`,
        });
      rmSync(path, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
