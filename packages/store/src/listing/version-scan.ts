import type { Engine } from "../engine.ts";
import { endOfPrefix, type IndexRecord } from "../index/index-port.ts";
import { type ObjectTable, objectKeyOf, successor, tablePrefix, VERSION_TAIL_BYTES } from "../record-keys.ts";
import { type ChainRecord, decodeChain } from "../records.ts";

/** One version or marker in listing order: by object key, then newest first. */
export interface ScannedVersion {
  readonly objectKey: string;
  readonly record: ChainRecord;
  readonly isLatest: boolean;
}

const READ = 250;

/** Reads one table forward, a piece at a time, and can jump ahead. */
class TableCursor {
  readonly #engine: Engine;
  readonly #bucket: string;
  readonly #to: Buffer;
  readonly #tailBytes: number;
  #from: Buffer;
  #page: readonly IndexRecord[] = [];
  #at = 0;
  #ended = false;

  constructor(engine: Engine, table: ObjectTable, bucket: string, prefix: string, from: Buffer) {
    this.#engine = engine;
    this.#bucket = bucket;
    this.#to = endOfPrefix(tablePrefix(table, bucket, prefix));
    this.#tailBytes = table === "current" ? 0 : VERSION_TAIL_BYTES;
    this.#from = from;
  }

  async peek(): Promise<{ objectKey: string; keyBytes: Buffer; stored: IndexRecord } | null> {
    if (this.#at === this.#page.length) {
      if (this.#ended) return null;
      this.#page = await this.#engine.index.list({ from: this.#from, to: this.#to, limit: READ });
      this.#at = 0;
      this.#ended = this.#page.length < READ;
    }
    const stored = this.#page[this.#at];
    if (stored === undefined) return null;
    const objectKey = objectKeyOf(stored.key, this.#bucket, this.#tailBytes);
    return { objectKey, keyBytes: Buffer.from(objectKey, "utf8"), stored };
  }

  take(): void {
    const stored = this.#page[this.#at++];
    if (stored !== undefined) this.#from = successor(stored.key);
  }

  /** Continues at `key`, unless the cursor is past it. */
  seek(key: Buffer): void {
    while (this.#at < this.#page.length) {
      const stored = this.#page[this.#at];
      if (stored !== undefined && Buffer.compare(stored.key, key) >= 0) return;
      this.#at++;
    }
    if (Buffer.compare(key, this.#from) > 0) this.#from = key;
  }
}

export interface ScanStart {
  readonly current: Buffer;
  readonly noncurrent: Buffer;
  /** The first object key of the scan has newer versions before the start. */
  readonly hasNewer: string | null;
}

/** Merges current and noncurrent versions of a bucket into listing order. */
export class VersionScan {
  readonly #bucket: string;
  readonly #current: TableCursor;
  readonly #noncurrent: TableCursor;
  #seenKey: string | null;

  constructor(engine: Engine, bucket: string, prefix: string, start: ScanStart) {
    this.#bucket = bucket;
    this.#current = new TableCursor(engine, "current", bucket, prefix, start.current);
    this.#noncurrent = new TableCursor(engine, "noncurrent", bucket, prefix, start.noncurrent);
    this.#seenKey = start.hasNewer;
  }

  async next(): Promise<ScannedVersion | null> {
    const current = await this.#current.peek();
    const older = await this.#noncurrent.peek();
    const takeCurrent =
      current !== null && (older === null || Buffer.compare(current.keyBytes, older.keyBytes) <= 0);
    const chosen = takeCurrent ? current : older;
    if (chosen === null) return null;
    (takeCurrent ? this.#current : this.#noncurrent).take();
    const isLatest = takeCurrent || chosen.objectKey !== this.#seenKey;
    this.#seenKey = chosen.objectKey;
    return { objectKey: chosen.objectKey, record: decodeChain(chosen.stored.value), isLatest };
  }

  /** Goes on after everything that starts with `group`. */
  skipGroup(group: string): void {
    this.#current.seek(endOfPrefix(tablePrefix("current", this.#bucket, group)));
    this.#noncurrent.seek(endOfPrefix(tablePrefix("noncurrent", this.#bucket, group)));
  }
}
