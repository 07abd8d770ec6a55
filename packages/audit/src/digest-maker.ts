import { createHash } from "node:crypto";
import type { Clock } from "@strongroom/base";
import type { AuditKeys } from "./audit-keys.ts";
import {
  type Digest,
  type DigestedRange,
  hashOfDigest,
  parseSignedDigest,
  printSignedDigest,
  type RetiredSegment,
  type SignedDigest,
  signDigest,
  TRAIL_BUCKET,
} from "./digest.ts";
import { printEventTime } from "./event.ts";
import { type FrameHead, HEADER_SIZE_BYTES, readFrameHead } from "./segment-format.ts";
import {
  createWhole,
  digestName,
  findFile,
  listDigests,
  listSegments,
  prepareTrailFolder,
  readSegmentFrom,
  removeSegment,
} from "./trail-folder.ts";

export interface DigestMakerOptions {
  readonly folder: string;
  readonly keys: AuditKeys;
  readonly clock: Clock;
  readonly accountId: string;
  /** Segments whose newest record is older than this are removed; null: none is. At least a day. */
  readonly retentionMs: number | null;
  /** Up to which digest everything was delivered: what comes after is not removed. Default: nobody waits for any. */
  readonly deliveredTo?: () => Promise<number>;
}

interface Covered {
  /** The last digest that speaks of it. */
  readonly digest: number;
  readonly toByte: number;
  readonly lastRecord: number | null;
  readonly newestEventTime: string;
}

const ATTEMPTS = 20;
const DAY_MS = 86_400_000;

/** Signs what all writers added since the last digest. Any process may: two at once take two numbers. */
export class DigestMaker {
  readonly #options: DigestMakerOptions;
  readonly #covered = new Map<string, Covered>();
  #last: SignedDigest | null = null;

  constructor(options: DigestMakerOptions) {
    this.#options = options;
  }

  /** The digest is durable when it resolves, and segments whose time is over are gone. */
  async make(): Promise<SignedDigest> {
    const { folder, keys } = this.#options;
    await prepareTrailFolder(folder);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      await this.#catchUp();
      const made = signDigest(keys, (this.#last?.number ?? 0) + 1, await this.#describe());
      if (!(await createWhole(folder, digestName(made.number), printSignedDigest(made)))) continue;
      this.#take(made);
      for (const { s3Object } of made.digest.retiredLogFiles) await removeSegment(folder, s3Object);
      return made;
    }
    throw new Error("others kept making digests");
  }

  /** Reads the digests that are new to us. One that does not parse is left for verification to name. */
  async #catchUp(): Promise<void> {
    const { folder } = this.#options;
    for (const number of await listDigests(folder)) {
      if (number <= (this.#last?.number ?? 0)) continue;
      const content = await findFile(folder, digestName(number));
      if (content === null) continue;
      const { text, signature } = splitLines(content.toString("utf8"));
      try {
        this.#take(parseSignedDigest(number, `${text}\n${signature}\n`));
      } catch {
        // Its number is taken all the same; the chain goes on from what its file holds.
        this.#last = { number, text, signature, digest: await this.#describe() };
      }
    }
  }

  #take(signed: SignedDigest): void {
    for (const { s3Object, toByte, lastRecord, newestEventTime } of signed.digest.logFiles) {
      this.#covered.set(s3Object, {
        digest: signed.number,
        toByte,
        lastRecord: lastRecord ?? this.#covered.get(s3Object)?.lastRecord ?? null,
        newestEventTime,
      });
    }
    for (const { s3Object } of signed.digest.retiredLogFiles) this.#covered.delete(s3Object);
    this.#last = signed;
  }

  async #describe(): Promise<Digest> {
    const { folder, keys, clock, accountId } = this.#options;
    const nowMs = clock.nowMs();
    const logFiles: DigestedRange[] = [];
    const retired: RetiredSegment[] = [];
    const deliveredTo = (await this.#options.deliveredTo?.()) ?? Number.POSITIVE_INFINITY;
    for (const { name } of await listSegments(folder)) {
      const range = await this.#newRange(name);
      if (range !== null) logFiles.push(range);
      else if (this.#isOver(name, nowMs, deliveredTo)) {
        retired.push({ s3Object: name, lastRecord: this.#covered.get(name)?.lastRecord ?? null });
      }
    }
    const last = this.#last;
    const end = printEventTime(nowMs);
    const times = logFiles.flatMap((file) => [file.oldestEventTime, file.newestEventTime]).sort();
    return {
      awsAccountId: accountId,
      digestStartTime: last?.digest.digestEndTime ?? end,
      digestEndTime: end,
      digestS3Bucket: TRAIL_BUCKET,
      digestS3Object: digestName((last?.number ?? 0) + 1),
      digestPublicKeyFingerprint: keys.fingerprint,
      digestSignatureAlgorithm: "Ed25519",
      newestEventTime: times.at(-1) ?? null,
      oldestEventTime: times[0] ?? null,
      previousDigestS3Bucket: last === null ? null : TRAIL_BUCKET,
      previousDigestS3Object: last === null ? null : digestName(last.number),
      previousDigestHashValue: last === null ? null : hashOfDigest(last),
      previousDigestHashAlgorithm: last === null ? null : "SHA-256",
      previousDigestSignature: last?.signature ?? null,
      logFiles,
      retiredLogFiles: retired,
    };
  }

  /** What whole records a segment has beyond those that were digested; null: none. */
  async #newRange(name: string): Promise<DigestedRange | null> {
    const { folder } = this.#options;
    const fromByte = this.#covered.get(name)?.toByte ?? 0;
    const bytes = await readSegmentFrom(folder, name, fromByte);
    let at = fromByte === 0 ? HEADER_SIZE_BYTES : 0;
    if (bytes.length < Math.max(at, 1)) return null;
    let first: FrameHead | null = null;
    let last: FrameHead | null = null;
    for (;;) {
      const head = readFrameHead(bytes, at);
      if (head === null) break;
      first ??= head;
      last = head;
      at += head.sizeBytes;
    }
    if (at === 0) return null;
    const nowMs = this.#options.clock.nowMs();
    return {
      s3Bucket: TRAIL_BUCKET,
      s3Object: name,
      hashValue: createHash("sha256").update(bytes.subarray(0, at)).digest("hex"),
      hashAlgorithm: "SHA-256",
      newestEventTime: printEventTime(last?.timeMs ?? nowMs),
      oldestEventTime: printEventTime(first?.timeMs ?? nowMs),
      fromByte,
      toByte: fromByte + at,
      firstRecord: first?.record ?? null,
      lastRecord: last?.record ?? null,
    };
  }

  /** Writers begin a segment per day, so that nobody writes to one that is this old. */
  #isOver(name: string, nowMs: number, deliveredTo: number): boolean {
    const { retentionMs } = this.#options;
    const covered = this.#covered.get(name);
    if (retentionMs === null || covered === undefined || covered.digest > deliveredTo) return false;
    return Date.parse(covered.newestEventTime) + Math.max(retentionMs, 2 * DAY_MS) < nowMs;
  }
}

function splitLines(content: string): { readonly text: string; readonly signature: string } {
  const [text = "", signature = ""] = content.split("\n");
  return { text, signature };
}
