import { AsyncLocalStorage } from "node:async_hooks";
import { ServiceError } from "@strongroom/base";
import { type AccessLog, isPartitionedByEvent, type LogStream } from "@strongroom/s3";
import type { Logger } from "../log.ts";

/** A stream that grows to this is delivered at once. */
const BATCH_LIMIT_BYTES = 1024 * 1024;
/**
 * What one process holds at most, on its way or not: what comes beyond is lost. One account's share is as much as is
 * free beside it, half at most, so that one whose targets take nothing costs nobody else's logs.
 */
const HELD_LIMIT_BYTES = 16 * 1024 * 1024;
const CONCURRENT_DELIVERIES = 4;
/** At the end: less than the primary process waits before it kills. */
const LAST_DELIVERY_MS = 4_000;
/** A target that is not available for so many deliveries in a row loses what waits for it. */
const ATTEMPTS = 12;
const REFUSED =
  "access logs are lost: a target bucket is gone, or it or its key does not let logging.s3.amazonaws.com in";

export interface GatheredLogsOptions {
  /** Rejects with a ServiceError; one of kind "unavailable" or "bug" is worth another try. */
  readonly deliver: (stream: LogStream, body: Uint8Array, eventMs: number) => Promise<void>;
  readonly everyMs: number;
  readonly count: (outcome: "delivered" | "dropped", records: number) => void;
  readonly log: Logger;
}

interface Batch {
  readonly stream: LogStream;
  /** When the first of its requests came. */
  readonly eventMs: number;
  readonly lines: string[];
  sizeBytes: number;
  attempts: number;
}

/**
 * The access logs of one process: gathered in memory alone, so that no line lies anywhere before it is sealed, and
 * delivered every so often, when there is much of it, and at the end. As S3's, they are best effort: a process that is
 * killed takes what it gathered with it.
 */
export class GatheredLogs implements AccessLog {
  readonly #options: GatheredLogsOptions;
  readonly #timer: NodeJS.Timeout;
  /** A delivery is nothing that the request did whose line happened to be the last. */
  readonly #outsideOfRequests = AsyncLocalStorage.snapshot();
  readonly #expected = new Set<Promise<void>>();
  readonly #running = new Set<Promise<void>>();
  #batches = new Map<string, Batch>();
  #heldBytes = 0;
  readonly #heldByOwner = new Map<string, number>();
  #dropped = 0;
  /** Why a target took no records, of those that were not told of yet. */
  #refusal: unknown = null;

  constructor(options: GatheredLogsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.flush(), options.everyMs);
    this.#timer.unref();
  }

  add(stream: LogStream, line: string, receivedMs: number): void {
    const sizeBytes = line.length;
    const ofOwner = this.#heldByOwner.get(stream.ownerId) ?? 0;
    if (ofOwner + sizeBytes > HELD_LIMIT_BYTES - this.#heldBytes) {
      this.#drop(1);
      return;
    }
    const name = nameOf(stream, receivedMs);
    let batch = this.#batches.get(name);
    if (batch === undefined) {
      batch = { stream, eventMs: receivedMs, lines: [], sizeBytes: 0, attempts: 0 };
      this.#batches.set(name, batch);
    }
    batch.lines.push(line);
    batch.sizeBytes += sizeBytes;
    this.#hold(stream, sizeBytes);
    // One that could not be delivered waits for its next turn instead.
    if (batch.sizeBytes < BATCH_LIMIT_BYTES || batch.attempts > 0) return;
    this.#batches.delete(name);
    this.#outsideOfRequests(() => void this.#start([batch]));
  }

  expect(work: Promise<void>): void {
    this.#expected.add(work);
    void work.finally(() => this.#expected.delete(work));
  }

  /** Delivers what was gathered. Never rejects; what could not be delivered for now is gathered again. */
  async flush(): Promise<void> {
    const batches = [...this.#batches.values()];
    this.#batches = new Map();
    await this.#start(batches);
    this.#tellDropped();
  }

  /** Delivers what is left, for some seconds at most, and then no more. Never rejects. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, LAST_DELIVERY_MS);
    await Promise.race([late, this.#finish()]);
    clearTimeout(timer);
    // What was cut short counts as lost, though it may still arrive.
    for (const { lines } of this.#batches.values()) this.#drop(lines.length);
    this.#tellDropped();
  }

  async #finish(): Promise<void> {
    await Promise.all(this.#expected);
    await Promise.all(this.#running);
    await this.flush();
  }

  #start(batches: readonly Batch[]): Promise<void> {
    const queue = batches.values();
    const lane = async (): Promise<void> => {
      for (const batch of queue) await this.#deliver(batch);
    };
    const lanes = Math.min(CONCURRENT_DELIVERIES, batches.length);
    const running = Promise.all(Array.from({ length: lanes }, lane)).then(() => {});
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
    return running;
  }

  async #deliver(batch: Batch): Promise<void> {
    const { deliver, count } = this.#options;
    const { stream, lines, eventMs } = batch;
    const records = lines.length;
    try {
      await deliver(stream, Buffer.from(lines.join(""), "utf8"), eventMs);
      this.#hold(stream, -batch.sizeBytes);
      count("delivered", records);
    } catch (error) {
      if (isWorthAnotherTry(error) && batch.attempts + 1 < ATTEMPTS) {
        this.#gatherAgain(batch);
        return;
      }
      this.#hold(stream, -batch.sizeBytes);
      this.#drop(records);
      this.#refusal = error;
    }
  }

  /** More, or less, is held for the owner of `stream`. */
  #hold({ ownerId }: LogStream, changeBytes: number): void {
    this.#heldBytes += changeBytes;
    const heldBytes = (this.#heldByOwner.get(ownerId) ?? 0) + changeBytes;
    if (heldBytes > 0) this.#heldByOwner.set(ownerId, heldBytes);
    else this.#heldByOwner.delete(ownerId);
  }

  /** In front of what came in the meantime. */
  #gatherAgain(batch: Batch): void {
    const name = nameOf(batch.stream, batch.eventMs);
    const since = this.#batches.get(name);
    this.#batches.set(name, {
      ...batch,
      lines: [...batch.lines, ...(since?.lines ?? [])],
      sizeBytes: batch.sizeBytes + (since?.sizeBytes ?? 0),
      attempts: batch.attempts + 1,
    });
  }

  #drop(records: number): void {
    this.#dropped += records;
    this.#options.count("dropped", records);
  }

  /** Once a delivery, however many targets there are: whose they are is not for the server's log. */
  #tellDropped(): void {
    if (this.#dropped === 0) return;
    const records = this.#dropped;
    const { log } = this.#options;
    if (this.#refusal === null)
      log.warn({ records }, "access logs are lost: more came than could be delivered");
    else log.warn({ records, err: this.#refusal }, REFUSED);
    this.#dropped = 0;
    this.#refusal = null;
  }
}

/** Requests of different days share no object where its key says the day. */
function nameOf(stream: LogStream, receivedMs: number): string {
  if (!isPartitionedByEvent(stream)) return stream.name;
  return `${new Date(receivedMs).toISOString().slice(0, 10)} ${stream.name}`;
}

function isWorthAnotherTry(error: unknown): boolean {
  return !(error instanceof ServiceError) || error.kind === "unavailable" || error.kind === "bug";
}
