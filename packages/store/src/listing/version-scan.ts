import type { Engine } from "../engine.ts";
import { endOfPrefix, type IndexRecord } from "../index/index-port.ts";
import {
  noncurrentKey,
  objectKeyOf,
  objectPrefix,
  successor,
  tablePrefix,
  VERSION_TAIL_BYTES,
} from "../record-keys.ts";
import { type ChainRecord, decodeChain } from "../records.ts";
import { encodeTail, type VersionTail } from "../version-id.ts";

/** One version or marker in listing order: by object key, then newest first. */
export interface ScannedVersion {
  readonly objectKey: string;
  readonly record: ChainRecord;
  readonly isLatest: boolean;
}

/** Where a scan stands: behind one version of an object key, or behind all of them. */
export interface ScanPosition {
  readonly objectKey: string;
  /** Of the version; null: all versions of the key lie before. */
  readonly tail: VersionTail | null;
}

type VersionTable = "current" | "noncurrent";

interface Peeked {
  readonly objectKey: string;
  readonly keyBytes: Buffer;
  readonly stored: IndexRecord;
}

/** Records read of each table at once. */
const PIECE_RECORDS = 250;

/** A piece of one table, read forward. */
class TablePiece {
  readonly #bucket: string;
  readonly #records: readonly IndexRecord[];
  readonly #tailBytes: number;
  readonly #mayGoOn: boolean;
  #at = 0;
  #peeked: Peeked | null = null;

  constructor(table: VersionTable, bucket: string, records: readonly IndexRecord[], limit: number) {
    this.#bucket = bucket;
    this.#records = records;
    this.#mayGoOn = records.length === limit;
    this.#tailBytes = table === "current" ? 0 : VERSION_TAIL_BYTES;
  }

  /** All of it was taken, and the table may have more. */
  get isUsedUp(): boolean {
    return this.#mayGoOn && this.#at === this.#records.length;
  }

  peek(): Peeked | null {
    if (this.#peeked !== null) return this.#peeked;
    const stored = this.#records[this.#at];
    if (stored === undefined) return null;
    const objectKey = objectKeyOf(stored.key, this.#bucket, this.#tailBytes);
    this.#peeked = { objectKey, keyBytes: Buffer.from(objectKey, "utf8"), stored };
    return this.#peeked;
  }

  take(): void {
    this.#at++;
    this.#peeked = null;
  }

  seek(key: Buffer): void {
    for (let next = this.#records[this.#at]; next !== undefined; next = this.#records[this.#at]) {
      if (Buffer.compare(next.key, key) >= 0) return;
      this.take();
    }
  }
}

/**
 * Merges current and noncurrent versions of a bucket into listing order. Both tables are read at one instant, and again
 * from where the scan stands when one piece is used up: a version that moves from one table to the other meanwhile is
 * told neither twice nor never.
 */
export class VersionScan {
  readonly #engine: Pick<Engine, "index">;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #limit: number;
  #current: TablePiece | null = null;
  #noncurrent: TablePiece | null = null;
  #position: ScanPosition | null;
  /** Everything that starts with it was passed by. */
  #skipped: string | null = null;

  constructor(
    engine: Pick<Engine, "index">,
    bucket: string,
    prefix: string,
    after: ScanPosition | null,
    limit = PIECE_RECORDS,
  ) {
    this.#limit = limit;
    this.#engine = engine;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#position = after;
  }

  async next(): Promise<ScannedVersion | null> {
    const pieces = await this.#pieces();
    const current = pieces.current.peek();
    const older = pieces.noncurrent.peek();
    const takeCurrent =
      current !== null && (older === null || Buffer.compare(current.keyBytes, older.keyBytes) <= 0);
    const chosen = takeCurrent ? current : older;
    if (chosen === null) return null;
    (takeCurrent ? pieces.current : pieces.noncurrent).take();
    const { objectKey } = chosen;
    const record = decodeChain(chosen.stored.value);
    const isLatest = takeCurrent || objectKey !== this.#position?.objectKey;
    this.#position = { objectKey, tail: record };
    return { objectKey, record, isLatest };
  }

  /** Goes on after everything that starts with `group`. */
  skipGroup(group: string): void {
    this.#skipped = group;
    this.#current?.seek(this.#endOf("current", group));
    this.#noncurrent?.seek(this.#endOf("noncurrent", group));
  }

  async #pieces(): Promise<{ readonly current: TablePiece; readonly noncurrent: TablePiece }> {
    const known = { current: this.#current, noncurrent: this.#noncurrent };
    if (known.current !== null && known.noncurrent !== null) {
      if (!known.current.isUsedUp && !known.noncurrent.isUsedUp) {
        return { current: known.current, noncurrent: known.noncurrent };
      }
    }
    // One more of the current ones: the first may be passed already.
    const limits = { current: this.#limit + 1, noncurrent: this.#limit };
    const range = (table: VersionTable) => ({
      from: this.#startIn(table),
      to: this.#endOf(table, this.#prefix),
      limit: limits[table],
    });
    const [currents = [], noncurrents = []] = await this.#engine.index.listTogether([
      range("current"),
      range("noncurrent"),
    ]);
    const current = new TablePiece("current", this.#bucket, currents, limits.current);
    const noncurrent = new TablePiece("noncurrent", this.#bucket, noncurrents, limits.noncurrent);
    this.#current = current;
    this.#noncurrent = noncurrent;
    if (this.#isPassed(current.peek())) current.take();
    return { current, noncurrent };
  }

  #endOf(table: VersionTable, prefix: string): Buffer {
    return endOfPrefix(tablePrefix(table, this.#bucket, prefix));
  }

  #startIn(table: VersionTable): Buffer {
    const starts = [tablePrefix(table, this.#bucket, this.#prefix)];
    if (this.#skipped !== null) starts.push(this.#endOf(table, this.#skipped));
    if (this.#position !== null) {
      const { objectKey, tail } = this.#position;
      const ofKey = objectPrefix("noncurrent", this.#bucket, objectKey);
      if (table === "noncurrent") {
        const key = tail === null ? null : noncurrentKey(this.#bucket, objectKey, encodeTail(tail));
        starts.push(key === null ? endOfPrefix(ofKey) : successor(key));
      } else {
        const key = tablePrefix("current", this.#bucket, objectKey);
        starts.push(tail === null ? successor(key) : key);
      }
    }
    return starts.reduce((latest, start) => (Buffer.compare(start, latest) > 0 ? start : latest));
  }

  /** Of the object key at which the scan stands: what is current now, unless it is older than where it stands. */
  #isPassed(current: Peeked | null): boolean {
    const { objectKey, tail } = this.#position ?? { objectKey: null, tail: null };
    if (current === null || tail === null || current.objectKey !== objectKey) return false;
    return decodeChain(current.stored.value).order >= tail.order;
  }
}
