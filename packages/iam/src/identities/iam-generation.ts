import type { RecordStore } from "../record-store.ts";
import { GENERATION_KEY } from "./entity-keys.ts";

/** Tells whether anything was committed at all: see `Index.lastCommit`. */
export interface CommitCounter {
  lastCommit(): number | Promise<number>;
}

/**
 * How many changes of identities this process has seen, by whichever process they were made. What was read under the
 * current count is current. Asking costs a comparison while nothing is committed, and one read of a record after
 * any commit.
 */
export class IamGeneration {
  readonly #records: Pick<RecordStore, "find">;
  readonly #counter: CommitCounter;
  #seenCommit = -1;
  #revision: string | null = null;
  #count = 0;

  constructor(records: Pick<RecordStore, "find">, counter: CommitCounter) {
    this.#records = records;
    this.#counter = counter;
  }

  current(): number | Promise<number> {
    const commit = this.#counter.lastCommit();
    if (typeof commit !== "number") return commit.then((number) => this.#since(number));
    return commit === this.#seenCommit ? this.#count : this.#since(commit);
  }

  async #since(commit: number): Promise<number> {
    if (commit === this.#seenCommit) return this.#count;
    const revision = (await this.#records.find(GENERATION_KEY))?.revision ?? null;
    // A slower read that began earlier must not undo what a later one saw.
    if (commit >= this.#seenCommit) {
      if (revision !== this.#revision) this.#count += 1;
      this.#revision = revision;
      this.#seenCommit = commit;
    }
    return this.#count;
  }
}
