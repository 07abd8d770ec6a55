import {
  type Index,
  type IndexBatch,
  type IndexCheck,
  IndexConflictError,
  type IndexRange,
  type IndexRecord,
} from "./index-port.ts";

/**
 * An `Index` in this process's memory, for tests and for the engine's own development. It keeps every promise of
 * the port except the two that need a disk: nothing survives the process, and nothing is sealed.
 */
export class MemoryIndex implements Index {
  readonly #records: IndexRecord[] = [];
  readonly #payloads = new Map<string, Buffer>();
  #nextRevision = 1;
  #commits = 0;
  #closed = false;

  async get(key: Uint8Array): Promise<IndexRecord | null> {
    this.#requireOpen();
    const found = this.#find(key);
    return found === null ? null : copyOf(found);
  }

  async list(range: IndexRange): Promise<readonly IndexRecord[]> {
    this.#requireOpen();
    const from = this.#position(range.from);
    const to = Math.max(from, this.#position(range.to));
    const limit = Math.max(0, range.limit);
    if (range.reverse !== true) return this.#records.slice(from, Math.min(to, from + limit)).map(copyOf);
    return this.#records
      .slice(Math.max(from, to - limit), to)
      .reverse()
      .map(copyOf);
  }

  listTogether(ranges: readonly IndexRange[]): Promise<readonly (readonly IndexRecord[])[]> {
    // Each call reads before it gives up its turn.
    return Promise.all(ranges.map((range) => this.list(range)));
  }

  async commit(batch: IndexBatch): Promise<void> {
    this.#requireOpen();
    // No await between the checks and the last write: other commits see all of a batch or none of it.
    for (const check of batch.checks ?? []) this.#requireHolds(check);
    this.#commits += 1;
    for (const key of batch.deletes ?? []) this.#delete(key);
    for (const put of batch.puts ?? []) this.#put(put.key, put.value);
    for (const id of batch.deletePayloads ?? []) this.#payloads.delete(id);
    for (const { id, bytes } of batch.putPayloads ?? []) this.#payloads.set(id, Buffer.from(bytes));
  }

  lastCommit(): number {
    this.#requireOpen();
    return this.#commits;
  }

  async readPayload(id: string): Promise<Uint8Array | null> {
    this.#requireOpen();
    return this.#payloads.get(id) ?? null;
  }

  async listPayloads(afterId: string, limit: number): Promise<readonly string[]> {
    this.#requireOpen();
    const ids = [...this.#payloads.keys()].filter((id) => Buffer.compare(bytesOf(id), bytesOf(afterId)) > 0);
    return ids.sort((a, b) => Buffer.compare(bytesOf(a), bytesOf(b))).slice(0, Math.max(0, limit));
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #requireOpen(): void {
    if (this.#closed) throw new Error("the index is closed");
  }

  #requireHolds(check: IndexCheck): void {
    if ("emptyFrom" in check) {
      if (this.#position(check.emptyFrom) < this.#position(check.emptyTo)) {
        throw new IndexConflictError("a range that had to be empty holds a record");
      }
      return;
    }
    const revision = this.#find(check.key)?.revision ?? null;
    if (revision !== check.revision) throw new IndexConflictError("a record is not at the expected revision");
  }

  #put(key: Uint8Array, value: Uint8Array): void {
    const at = this.#position(key);
    const revision = String(this.#nextRevision++);
    const record = { key: Buffer.from(key), value: Buffer.from(value), revision };
    this.#records.splice(at, this.#isAt(at, key) ? 1 : 0, record);
  }

  #delete(key: Uint8Array): void {
    const at = this.#position(key);
    if (this.#isAt(at, key)) this.#records.splice(at, 1);
  }

  #find(key: Uint8Array): IndexRecord | null {
    const at = this.#position(key);
    return this.#isAt(at, key) ? (this.#records[at] ?? null) : null;
  }

  #isAt(at: number, key: Uint8Array): boolean {
    const record = this.#records[at];
    return record !== undefined && Buffer.compare(record.key, key) === 0;
  }

  /** The position of the first record whose key is not smaller than `key`. */
  #position(key: Uint8Array): number {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const record = this.#records[middle];
      if (record !== undefined && Buffer.compare(record.key, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function copyOf(record: IndexRecord): IndexRecord {
  return { key: Buffer.from(record.key), value: Buffer.from(record.value), revision: record.revision };
}

function bytesOf(id: string): Buffer {
  return Buffer.from(id, "utf8");
}
