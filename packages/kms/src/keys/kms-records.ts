import { setTimeout as sleep } from "node:timers/promises";
import { encodeSequence, type RecordChange, type RecordCheck, type RecordStore } from "@strongroom/base";
import { KmsError } from "../kms-error.ts";

/** The records of the whole deployment, with a cheap way to see that nothing changed. */
export interface RecordsWithCommits extends RecordStore {
  /** Grows with every commit of any process; stays while nothing changes. */
  lastCommit(): number | Promise<number>;
}

const GENERATION = encodeSequence(["kms", "generation"]);
/** Enough for a hundred clients that change one key at the same moment. */
const ATTEMPTS = 64;
const LONGEST_PAUSE_MS = 50;

/**
 * The key service's records. Every commit renews the generation record, so that one look at it (or, cheaper, at the
 * count of commits) tells each process whether anything it keeps of keys, aliases and grants may be out of date.
 */
export class KmsRecords {
  readonly #records: RecordsWithCommits;
  #commit = -1;
  #generation = "";

  constructor(records: RecordsWithCommits) {
    this.#records = records;
  }

  get store(): RecordStore {
    return this.#records;
  }

  /** Equal answers mean that no record of the key service changed in between, in any process. */
  async generation(): Promise<string> {
    // Read before the record: what is committed after this is seen by the next look.
    const last = this.#records.lastCommit();
    const commit = typeof last === "number" ? last : await last;
    if (commit !== this.#commit) {
      const revision = (await this.#records.find(GENERATION))?.revision ?? "";
      this.#generation = revision;
      this.#commit = commit;
    }
    return this.#generation;
  }

  /** As `RecordStore.commit`, and the generation goes on. */
  commit(changes: readonly RecordChange[], checks: readonly RecordCheck[]): Promise<boolean> {
    return this.#records.commit([...changes, { key: GENERATION, value: Buffer.of(1) }], checks);
  }

  /**
   * Runs `attempt` until its commit holds; each attempt reads anew, after a pause that grows so that many writers of one
   * key, in any process, do not starve each other. Throws ConflictException when it never does.
   */
  async retry<T>(attempt: () => Promise<{ readonly done: T } | null>): Promise<T> {
    for (let tries = 0; tries < ATTEMPTS; tries += 1) {
      const result = await attempt();
      if (result !== null) return result.done;
      await sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, 2 ** tries));
    }
    throw new KmsError("ConflictException", "Too many changes at once; try again.");
  }
}

const MAX_KEPT = 10_000;

/** Things read from records, each as fresh as the generation it was seen under. */
export class GenerationCache<V> {
  readonly #records: KmsRecords;
  readonly #kept = new Map<string, { readonly generation: string; readonly value: V }>();

  constructor(records: KmsRecords) {
    this.#records = records;
  }

  /** `load` gets what was kept before, however old, and may hand it back when it is still right. */
  async get(name: string, load: (old: V | null) => Promise<V>): Promise<V> {
    const generation = await this.#records.generation();
    const kept = this.#kept.get(name);
    if (kept !== undefined && kept.generation === generation) return kept.value;
    const value = await load(kept?.value ?? null);
    if (this.#kept.size >= MAX_KEPT && kept === undefined) this.#kept.clear();
    this.#kept.set(name, { generation, value });
    return value;
  }
}
