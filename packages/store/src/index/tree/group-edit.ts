import { type IndexBatch, type IndexCheck, IndexConflictError } from "../index-port.ts";
import type { Edit } from "./edit.ts";
import { type EntrySlice, keyOf, revisionOf } from "./leaf-page.ts";
import type { PageReader } from "./page-reader.ts";
import type { Superblock } from "./superblock.ts";
import { findEntry, scanEntries } from "./tree-read.ts";

/**
 * Several batches gathered on top of one state of the tree. Each is checked against the state with the batches
 * before it applied; one that fails leaves no trace and the others go on.
 */
export class GroupEdit {
  readonly #reader: PageReader;
  readonly #superblock: Superblock;
  /** By the key's bytes as a Latin-1 string, which compares as the bytes do. */
  readonly #edits = new Map<string, Edit>();
  readonly #payloads = new Map<string, Uint8Array | null>();
  #nextRevision: number;

  constructor(reader: PageReader, superblock: Superblock) {
    this.#reader = reader;
    this.#superblock = superblock;
    this.#nextRevision = superblock.nextRevision;
  }

  get nextRevision(): number {
    return this.#nextRevision;
  }

  /** Payloads to store, by id; null: to remove. */
  get payloads(): ReadonlyMap<string, Uint8Array | null> {
    return this.#payloads;
  }

  /** Adds a batch, or throws `IndexConflictError` and stays as it was. */
  add(batch: IndexBatch): void {
    for (const check of batch.checks ?? []) this.#requireHolds(check);
    for (const key of batch.deletes ?? []) this.#set(key, null);
    for (const put of batch.puts ?? []) this.#set(put.key, put.value);
    for (const id of batch.deletePayloads ?? []) this.#payloads.set(id, null);
    for (const { id, bytes } of batch.putPayloads ?? []) this.#payloads.set(id, bytes);
  }

  /** Everything added, ascending, one edit per key. */
  edits(): readonly Edit[] {
    return [...this.#edits.values()].sort((a, b) => Buffer.compare(a.key, b.key));
  }

  #set(key: Uint8Array, value: Uint8Array | null): void {
    const owned = asBuffer(key);
    const revision = value === null ? 0 : this.#nextRevision++;
    this.#edits.set(nameOf(owned), { key: owned, value: value === null ? null : asBuffer(value), revision });
  }

  #requireHolds(check: IndexCheck): void {
    if ("emptyFrom" in check) {
      if (!this.#isEmpty(check.emptyFrom, check.emptyTo)) {
        throw new IndexConflictError("a range that had to be empty holds a record");
      }
    } else if (this.#revisionAt(check.key) !== check.revision) {
      throw new IndexConflictError("a record is not at the expected revision");
    }
  }

  #revisionAt(key: Uint8Array): string | null {
    const edit = this.#edits.get(nameOf(asBuffer(key)));
    if (edit !== undefined) return edit.value === null ? null : String(edit.revision);
    const entry = findEntry(this.#reader, this.#superblock, key);
    return entry === null ? null : String(revisionOf(entry));
  }

  #isEmpty(from: Uint8Array, to: Uint8Array): boolean {
    const [low, high] = [nameOf(asBuffer(from)), nameOf(asBuffer(to))];
    for (const [name, edit] of this.#edits) {
      if (edit.value !== null && name >= low && name < high) return false;
    }
    let isEmpty = true;
    const visit = (entry: EntrySlice): boolean => {
      // A record the group deletes does not count.
      isEmpty = this.#edits.has(nameOf(keyOf(entry)));
      return isEmpty;
    };
    scanEntries(this.#reader, this.#superblock, { from, to, reverse: false, visit });
    return isEmpty;
  }
}

function nameOf(key: Buffer): string {
  return key.toString("latin1");
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
