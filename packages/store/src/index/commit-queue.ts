import { type IndexBatch, type IndexConflictError, IndexIntegrityError } from "./index-port.ts";

/**
 * Runs one transaction over the batches that `take` returns, and answers per batch null or why it was left out. It
 * calls `take` at the last moment, when it holds the database's write lock, and rejects when nothing was applied.
 */
export type CommitGroup = (
  take: () => readonly IndexBatch[],
) => Promise<readonly (IndexConflictError | null)[]>;

interface Waiting {
  readonly batch: IndexBatch;
  readonly sizeBytes: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** One group holds up readers of the same process while it is prepared, so it is bounded. */
const MAX_GROUP_BATCHES = 256;
const MAX_GROUP_BYTES = 8 * 1024 * 1024;

/**
 * Group commit: while one transaction is on its way to the disk, the batches that arrive gather for the next, so
 * that they share its pages and its flush. A batch resolves only when its own transaction has.
 */
export class CommitQueue {
  readonly #commitGroup: CommitGroup;
  readonly #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;

  constructor(commitGroup: CommitGroup) {
    this.#commitGroup = commitGroup;
  }

  commit(batch: IndexBatch): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, sizeBytes: sizeOf(batch), resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#runGroup();
    this.#running = null;
  }

  async #runGroup(): Promise<void> {
    let group: readonly Waiting[] = [];
    const take = () => {
      group = this.#take();
      return group.map((waiting) => waiting.batch);
    };
    try {
      const refusals = await this.#commitGroup(take);
      for (const [at, waiting] of group.entries()) settle(waiting, refusals[at] ?? null);
    } catch (error) {
      // The transaction may have failed before it asked for its batches.
      if (group.length === 0) group = this.#take();
      if (error instanceof IndexIntegrityError && group.length > 1) await this.#runApart(group);
      else for (const waiting of group) waiting.reject(error);
    }
  }

  /** A damaged page fails the batches that need it, not those that happened to arrive with them. */
  async #runApart(group: readonly Waiting[]): Promise<void> {
    for (const waiting of group) {
      try {
        const refusals = await this.#commitGroup(() => [waiting.batch]);
        settle(waiting, refusals[0] ?? null);
      } catch (error) {
        waiting.reject(error);
      }
    }
  }

  #take(): readonly Waiting[] {
    let count = 0;
    let sizeBytes = 0;
    for (const waiting of this.#waiting) {
      sizeBytes += waiting.sizeBytes;
      if (count > 0 && (count >= MAX_GROUP_BATCHES || sizeBytes > MAX_GROUP_BYTES)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}

function settle(waiting: Waiting, refusal: IndexConflictError | null): void {
  if (refusal === null) waiting.resolve();
  else waiting.reject(refusal);
}

function sizeOf(batch: IndexBatch): number {
  let sizeBytes = 0;
  for (const put of batch.puts ?? []) sizeBytes += put.key.length + put.value.length;
  for (const payload of batch.putPayloads ?? []) sizeBytes += payload.bytes.length;
  return sizeBytes;
}
