import type { RecordChange, RecordCheck, RecordStore, StoredRecord } from "@strongroom/base";
import { endOfPrefix, type Index, IndexConflictError } from "@strongroom/store";

const PAGE = 500;

/** The index as the small record store that accounts, master keys and certificates need. */
export class IndexRecords implements RecordStore {
  readonly #index: Index;

  constructor(index: Index) {
    this.#index = index;
  }

  async get(key: Uint8Array): Promise<Uint8Array | null> {
    return (await this.#index.get(key))?.value ?? null;
  }

  find(key: Uint8Array): Promise<StoredRecord | null> {
    return this.#index.get(key);
  }

  /** See `Index.lastCommit`. */
  lastCommit(): number | Promise<number> {
    return this.#index.lastCommit();
  }

  change(changes: readonly RecordChange[], absent: readonly Uint8Array[]): Promise<boolean> {
    return this.commit(
      changes,
      absent.map((key) => ({ key, revision: null })),
    );
  }

  async commit(changes: readonly RecordChange[], checks: readonly RecordCheck[]): Promise<boolean> {
    const puts = [];
    const deletes = [];
    for (const { key, value } of changes) {
      if (value === null) deletes.push(key);
      else puts.push({ key, value });
    }
    try {
      await this.#index.commit({ checks, puts, deletes });
      return true;
    } catch (error) {
      if (error instanceof IndexConflictError) return false;
      throw error;
    }
  }

  page(prefix: Uint8Array, after: Uint8Array | null, limit: number): Promise<readonly StoredRecord[]> {
    const from = after === null ? prefix : Buffer.concat([after, Buffer.of(0)]);
    return this.#index.list({ from, to: endOfPrefix(prefix), limit });
  }

  async list(prefix: Uint8Array): Promise<readonly Uint8Array[]> {
    const to = endOfPrefix(prefix);
    const values: Uint8Array[] = [];
    let from = prefix;
    for (;;) {
      const page = await this.#index.list({ from, to, limit: PAGE });
      for (const record of page) values.push(record.value);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return values;
      from = Buffer.concat([last.key, Buffer.of(0)]);
    }
  }
}
