import type { RecordChange, RecordCheck, RecordStore, StoredRecord } from "./record-store.ts";

interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly revision: string;
}

/** Records of one process, kept nowhere: for tests and for tools that only look. */
export class MemoryRecordStore implements RecordStore {
  readonly #entries = new Map<string, Entry>();
  #written = 0;
  #commits = 0;

  async get(key: Uint8Array): Promise<Uint8Array | null> {
    return (await this.find(key))?.value ?? null;
  }

  async find(key: Uint8Array): Promise<StoredRecord | null> {
    return this.#entries.get(nameOf(key)) ?? null;
  }

  /** Grows with every commit; stays while nothing changes. */
  lastCommit(): number {
    return this.#commits;
  }

  change(changes: readonly RecordChange[], absent: readonly Uint8Array[]): Promise<boolean> {
    return this.commit(
      changes,
      absent.map((key) => ({ key, revision: null })),
    );
  }

  async commit(changes: readonly RecordChange[], checks: readonly RecordCheck[]): Promise<boolean> {
    const holds = (check: RecordCheck): boolean =>
      (this.#entries.get(nameOf(check.key))?.revision ?? null) === check.revision;
    if (!checks.every(holds)) return false;
    this.#commits += 1;
    for (const { key, value } of changes) {
      const name = nameOf(key);
      if (value === null) this.#entries.delete(name);
      else {
        const revision = String(++this.#written);
        this.#entries.set(name, { key: Buffer.from(key), value: Buffer.from(value), revision });
      }
    }
    return true;
  }

  async list(prefix: Uint8Array): Promise<readonly Uint8Array[]> {
    return this.#sorted(prefix).map((entry) => entry.value);
  }

  async page(prefix: Uint8Array, after: Uint8Array | null, limit: number): Promise<readonly StoredRecord[]> {
    const later = this.#sorted(prefix).filter(
      (entry) => after === null || Buffer.compare(entry.key, after) > 0,
    );
    return later.slice(0, limit);
  }

  #sorted(prefix: Uint8Array): readonly Entry[] {
    const start = Buffer.from(prefix);
    return [...this.#entries.values()]
      .filter((entry) => entry.key.subarray(0, start.length).equals(start))
      .sort((a, b) => Buffer.compare(a.key, b.key));
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key).toString("latin1");
}
