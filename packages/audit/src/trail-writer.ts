import { type KeyObject, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@strongroom/base";
import { AuditError, unwritable } from "./audit-error.ts";
import { type AuditKeys, deriveSegmentKey } from "./audit-keys.ts";
import { type AuditEvent, printEvent } from "./event.ts";
import { encodeHeader, NO_HASH, sealFrame, sha256, WRITER_ID_SIZE_BYTES } from "./segment-format.ts";
import { prepareTrailFolder, segmentName, syncFolder } from "./trail-folder.ts";

export interface TrailWriterOptions {
  readonly folder: string;
  readonly keys: AuditKeys;
  readonly clock: Clock;
  /** Default 16 MiB: what a reader holds in memory at a time. */
  readonly segmentSizeBytes?: number;
}

interface Waiting {
  readonly text: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The open segment and its durable end: all that the next batch builds on. */
interface OpenSegment {
  readonly file: FileHandle;
  readonly key: KeyObject;
  readonly createdDay: number;
  sizeBytes: number;
  /** What the next frame names as the one before it. */
  previousHash: Buffer;
}

const SEGMENT_SIZE_BYTES = 16 * 1024 * 1024;
const WAITING_LIMIT_BYTES = 32 * 1024 * 1024;
const BATCH_LIMIT = 1024;
const DAY_MS = 86_400_000;

/**
 * The files of one process. Events that come while a write is under way leave together with the next one: one fsync
 * serves them all. After a failed write everything goes to a new segment that follows the last durable record.
 */
export class TrailWriter {
  readonly #options: TrailWriterOptions;
  readonly writerId: string = randomBytes(WRITER_ID_SIZE_BYTES).toString("hex");
  #waiting: Waiting[] = [];
  #waitingSizeBytes = 0;
  /** One thing is done to the files at a time: each begins when the one before it is over. */
  #last: Promise<unknown> = Promise.resolve();
  #isScheduled = false;
  #segment: OpenSegment | null = null;
  #nextSegment = 0;
  #nextRecord = 0;
  #lastHash = NO_HASH;
  #lastMs = 0;
  #isClosed = false;
  /** Until something could be written, nothing says that it can. */
  #isFailing = true;

  constructor(options: TrailWriterOptions) {
    this.#options = options;
  }

  /** Resolves when the event is durable. Rejects with `AuditError` when it is not: then the request must fail. */
  append(event: AuditEvent): Promise<void> {
    const text = printEvent(event);
    if (this.#isClosed) return Promise.reject(unwritable(null));
    if (this.#waitingSizeBytes + text.length > WAITING_LIMIT_BYTES) {
      const message = "too many events wait for the audit trail";
      return Promise.reject(new AuditError("TrailOverloaded", "unavailable", message));
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ text, resolve, reject });
    this.#waitingSizeBytes += text.length;
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      void this.#next(() => this.#flush());
    }
    return promise;
  }

  /**
   * To be asked before anything is changed: null when the last write went well; else resolves once a new segment could
   * be made, and rejects with TrailUnwritable when it could not.
   */
  ready(): Promise<void> | null {
    if (!this.#isFailing) return null;
    return this.#next(() => this.#reopen());
  }

  /** Takes no more, and resolves when what was taken is durable. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
    await this.#segment?.file.close();
    this.#segment = null;
  }

  async #reopen(): Promise<void> {
    if (!this.#isFailing) return;
    try {
      const nowMs = Math.max(this.#lastMs, this.#options.clock.nowMs());
      const segment = await this.#segmentFor(nowMs);
      await segment.file.datasync();
      this.#isFailing = false;
    } catch (error) {
      await this.#abandonSegment();
      throw unwritable(error);
    }
  }

  async #flush(): Promise<void> {
    // What else arrived in this turn of the event loop goes along.
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#isScheduled = false;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_LIMIT);
      for (const { text } of batch) this.#waitingSizeBytes -= text.length;
      try {
        await this.#write(batch);
        this.#isFailing = false;
        for (const { resolve } of batch) resolve();
      } catch (error) {
        this.#isFailing = true;
        await this.#abandonSegment();
        const refusal = unwritable(error);
        for (const { reject } of batch) reject(refusal);
      }
    }
  }

  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const nowMs = Math.max(this.#lastMs, this.#options.clock.nowMs());
    const segment = await this.#segmentFor(nowMs);
    let record = this.#nextRecord;
    let { previousHash } = segment;
    const frames = batch.map(({ text }) => {
      const frame = sealFrame(segment.key, { record: record++, timeMs: nowMs, previousHash }, text);
      previousHash = sha256(frame);
      return frame;
    });
    const bytes = frames.length === 1 && frames[0] !== undefined ? frames[0] : Buffer.concat(frames);
    await writeAll(segment.file, bytes, segment.sizeBytes);
    await segment.file.datasync();
    segment.sizeBytes += bytes.length;
    segment.previousHash = previousHash;
    this.#nextRecord = record;
    this.#lastHash = previousHash;
    this.#lastMs = nowMs;
  }

  /** The open segment, or a new one: per day, so that old days can be let go of, and per size. */
  async #segmentFor(nowMs: number): Promise<OpenSegment> {
    const { segmentSizeBytes = SEGMENT_SIZE_BYTES } = this.#options;
    const day = Math.floor(nowMs / DAY_MS);
    const current = this.#segment;
    if (current !== null && current.sizeBytes < segmentSizeBytes && current.createdDay === day)
      return current;
    if (current !== null) {
      this.#segment = null;
      await current.file.close();
    }
    this.#segment = await this.#create(nowMs, day);
    return this.#segment;
  }

  async #create(nowMs: number, createdDay: number): Promise<OpenSegment> {
    const { folder, keys } = this.#options;
    const { writerId } = this;
    const number = this.#nextSegment;
    const header = encodeHeader({
      writerId,
      number,
      firstRecord: this.#nextRecord,
      createdMs: nowMs,
      previousHash: this.#lastHash,
    });
    await prepareTrailFolder(folder);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
    const file = await open(join(folder, segmentName(writerId, number)), flags, 0o600);
    // The file is there: its number is taken, whatever becomes of it.
    this.#nextSegment += 1;
    try {
      await writeAll(file, header, 0);
      await file.sync();
      await syncFolder(folder);
    } catch (error) {
      await file.close();
      throw error;
    }
    const previousHash = sha256(header);
    const key = deriveSegmentKey(keys.sealing, previousHash);
    return { file, key, createdDay, sizeBytes: header.length, previousHash };
  }

  /** Of a batch that failed anything may be on disk. The next segment says where the durable records end. */
  async #abandonSegment(): Promise<void> {
    const segment = this.#segment;
    this.#segment = null;
    if (segment === null) return;
    try {
      await segment.file.truncate(segment.sizeBytes);
      await segment.file.sync();
    } catch {
      // Then its end stays, and verification shows it as what was never answered.
    }
    await segment.file.close().catch(() => {});
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const result = await file.write(bytes, written, bytes.length - written, position + written);
    written += result.bytesWritten;
  }
}
