import type { KeyObject } from "node:crypto";
import { chmod, mkdir, open as openFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Database, open as openLmdb, type RootDatabase, type RootDatabaseOptions } from "lmdb";
import { requireWithinLimits } from "./batch-limits.ts";
import { CommitQueue } from "./commit-queue.ts";
import { IndexError } from "./index-error.ts";
import {
  type Index,
  type IndexBatch,
  type IndexConflictError,
  IndexIntegrityError,
  type IndexRange,
  type IndexRecord,
} from "./index-port.ts";
import { lmdbFailure } from "./lmdb-failure.ts";
import type { PageId, PageStore } from "./tree/page-store.ts";
import { type PreparedGroup, SealedTree } from "./tree/sealed-tree.ts";
import { SUPERBLOCK_ID } from "./tree/superblock.ts";
import type { DamagedRange, TreeReport } from "./tree/tree-verify.ts";

export interface LmdbIndexOptions {
  /** Made when missing, mode 0700; nothing else may lie in it. */
  readonly folder: string;
  /** 32 bytes. Pages are sealed under keys derived from it. */
  readonly sealingKey: KeyObject;
  /** For opened pages, per process. Default 64 MiB. */
  readonly cacheBytes?: number;
  readonly readOnly?: boolean;
  /**
   * Whether a folder without an index may become a new, empty one; default true. False where there is known to have
   * been an index: one that seems empty was then removed or altered, and must not be taken for new.
   */
  readonly create?: boolean;
  /** Address space to reserve; LMDB maps anew when the file outgrows it. Default 1 TiB. */
  readonly mapBytes?: number;
}

export interface IndexReport extends Omit<TreeReport, "reachable"> {
  readonly payloads: number;
  /** Records of the store that nothing leads to: wasted room, no damage. */
  readonly unreachable: number;
}

const DEFAULT_CACHE_BYTES = 64 * 1024 * 1024;
const DEFAULT_MAP_BYTES = 2 ** 40;
/** Slots for readers of all processes together. */
const MAX_READERS = 1024;
/** One sealed page of the tree fills one page of LMDB, less its header of 16 bytes. */
const LMDB_PAGE_BYTES = 8192;
const PAGES_PER_TURN = 32;

/**
 * The embedded `Index`: a sealed tree whose pages lie in LMDB. Any number of processes may open one folder; LMDB
 * serialises their commits and every read sees the newest. LMDB itself holds nothing that is not sealed, apart from
 * page numbers and the random ids of payloads.
 */
export class LmdbIndex implements Index {
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #pages: Database<Buffer, Buffer>;
  readonly #payloads: Database<Buffer, Buffer>;
  readonly #store: PageStore;
  readonly #tree: SealedTree;
  readonly #queue = new CommitQueue((take) => this.#commitGroup(take));
  readonly #readOnly: boolean;
  readonly #mayCreate: boolean;
  readonly #folder: string;
  #closed = false;

  private constructor(root: RootDatabase<Buffer, Buffer>, options: LmdbIndexOptions) {
    this.#root = root;
    this.#pages = root.openDB({ name: "pages", encoding: "binary", keyEncoding: "binary" });
    this.#payloads = root.openDB({ name: "payloads", encoding: "binary", keyEncoding: "binary" });
    this.#store = new LmdbPages(this.#pages);
    this.#tree = new SealedTree(options.sealingKey, options.cacheBytes ?? DEFAULT_CACHE_BYTES);
    this.#readOnly = options.readOnly === true;
    this.#mayCreate = options.create !== false;
    this.#folder = options.folder;
  }

  /**
   * Opens the index, or makes an empty one in an empty folder. Throws `IndexIntegrityError` when what is there does
   * not open under `sealingKey`, and `IndexError` when it cannot be read, or is not there and `readOnly` is set.
   */
  static async open(options: LmdbIndexOptions): Promise<LmdbIndex> {
    await prepareFolder(options);
    let index: LmdbIndex | null = null;
    try {
      index = new LmdbIndex(openLmdb(lmdbOptions(options)), options);
      await index.#requireTree();
      if (!index.#readOnly) await syncFolder(options.folder);
      return index;
    } catch (error) {
      await index?.close();
      throw await lmdbFailure(error, options.folder);
    }
  }

  async get(key: Uint8Array): Promise<IndexRecord | null> {
    this.#beginRead();
    return this.#tree.get(this.#store, key);
  }

  async list(range: IndexRange): Promise<readonly IndexRecord[]> {
    // One turn without an await is one LMDB snapshot.
    this.#beginRead();
    return this.#tree.list(this.#store, range);
  }

  async listTogether(ranges: readonly IndexRange[]): Promise<readonly (readonly IndexRecord[])[]> {
    this.#beginRead();
    return ranges.map((range) => this.#tree.list(this.#store, range));
  }

  /** The buffers of `batch` must stay as they are until the promise settles. */
  async commit(batch: IndexBatch): Promise<void> {
    this.#requireOpen();
    if (this.#readOnly) throw new IndexError("IndexReadOnly", "state", "the index was opened for reading");
    requireWithinLimits(batch);
    return this.#queue.commit(batch);
  }

  lastCommit(): number {
    this.#beginRead();
    return this.#tree.superblock(this.#store).commits;
  }

  async readPayload(id: string): Promise<Uint8Array | null> {
    this.#beginRead();
    if (id === "") return null;
    // A copy: LMDB's own view would be overwritten by the next read, which may come before the caller resumes.
    return this.#payloads.getBinary(Buffer.from(id, "utf8")) ?? null;
  }

  async listPayloads(afterId: string, limit: number): Promise<readonly string[]> {
    this.#beginRead();
    const start = Buffer.from(afterId, "utf8");
    const range = afterId === "" ? { limit } : { start, exclusiveStart: true, limit };
    return [...this.#payloads.getKeys(range)].map((key) => Buffer.from(key).toString("utf8"));
  }

  /**
   * Reads and checks all pages, from one snapshot, while others go on working. With `damage`, what is damaged is added
   * to it; without, it throws `IndexIntegrityError`.
   */
  async verify(damage: DamagedRange[] | null = null): Promise<IndexReport> {
    this.#beginRead();
    const transaction = this.#pages.useReadTransaction();
    try {
      const snapshot = { get: (id: PageId) => this.#pages.get(nameOf(id), { transaction }) };
      let turn = 0;
      const pause = async () => {
        if (++turn % PAGES_PER_TURN === 0) await nextTurn();
      };
      const { reachable, ...report } = await this.#tree.verify(snapshot, pause, damage);
      const stored = this.#pages.getKeysCount({ transaction });
      const payloads = this.#payloads.getKeysCount({ transaction });
      return { ...report, payloads, unreachable: stored - 1 - reachable.size };
    } finally {
      transaction.done();
    }
  }

  /** Frees the slots of readers that were killed; returns how many. LMDB does it at every opening as well. */
  releaseDeadReaders(): number {
    this.#requireOpen();
    return this.#root.readerCheck();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queue.drained();
    await this.#root.close();
  }

  async #commitGroup(take: () => readonly IndexBatch[]): Promise<readonly (IndexConflictError | null)[]> {
    let prepared: PreparedGroup | null = null;
    try {
      prepared = await this.#root.transaction(() => this.#applyGroup(take()));
    } catch (error) {
      throw await lmdbFailure(error, this.#folder);
    }
    prepared.remember();
    return prepared.refusals;
  }

  /** Within the write transaction. Whatever can fail but LMDB itself fails before the first write. */
  #applyGroup(batches: readonly IndexBatch[]): PreparedGroup {
    const prepared = this.#tree.prepare(this.#store, batches);
    prepared.writeTo(this.#store);
    for (const [id, bytes] of prepared.payloads) {
      const name = Buffer.from(id, "utf8");
      if (bytes === null) this.#payloads.remove(name);
      else this.#payloads.put(name, asBuffer(bytes));
    }
    return prepared;
  }

  /** Makes an empty tree in an empty store, exactly once however many processes try; else requires that it opens. */
  async #requireTree(): Promise<void> {
    if (this.#store.get(SUPERBLOCK_ID) === undefined) {
      if (this.#readOnly) throw new IndexError("IndexMissing", "state", "there is no index in this folder");
      if (!this.#mayCreate) {
        throw new IndexIntegrityError(
          "there was an index here and it is gone: it was removed or altered; put the folder back from a backup",
        );
      }
      await this.#root.transaction(() => {
        if (this.#store.get(SUPERBLOCK_ID) !== undefined) return;
        if (this.#pages.getKeysCount({ limit: 1 }) > 0) {
          throw new IndexIntegrityError("the root record of the index is missing");
        }
        this.#tree.create(this.#store);
      });
      this.#root.resetReadTxn();
    }
    try {
      this.#tree.superblock(this.#store);
    } catch (error) {
      if (!(error instanceof IndexIntegrityError)) throw error;
      const hint = "the index was sealed under another key, or was altered";
      throw new IndexIntegrityError(`${error.message}: ${hint}`);
    }
  }

  #beginRead(): void {
    this.#requireOpen();
    // LMDB's wrapper keeps a snapshot for the rest of the turn: too old once another process has committed.
    this.#pages.resetReadTxn();
  }

  #requireOpen(): void {
    if (this.#closed) throw new IndexError("IndexClosed", "state", "the index is closed");
  }
}

class LmdbPages implements PageStore {
  readonly #pages: Database<Buffer, Buffer>;

  constructor(pages: Database<Buffer, Buffer>) {
    this.#pages = pages;
  }

  get(id: PageId): Uint8Array | undefined {
    const bytes = this.#pages.getBinaryFast(nameOf(id));
    // LMDB's wrapper hands out one buffer that it re-labels with each length: make a true view of it.
    return bytes?.subarray(0, bytes.length);
  }

  put(id: PageId, bytes: Uint8Array): void {
    this.#pages.put(nameOf(id), asBuffer(bytes));
  }

  delete(id: PageId): void {
    this.#pages.remove(nameOf(id));
  }
}

/** Big-endian, so that new pages come last in LMDB's order too. */
function nameOf(id: PageId): Buffer {
  const name = Buffer.allocUnsafe(6);
  name.writeUIntBE(id, 0, 6);
  return name;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function lmdbOptions(options: LmdbIndexOptions) {
  return {
    path: join(options.folder, "index.mdb"),
    noSubdir: true,
    encoding: "binary",
    keyEncoding: "binary",
    maxDbs: 2,
    maxReaders: MAX_READERS,
    pageSize: LMDB_PAGE_BYTES,
    mapSize: options.mapBytes ?? DEFAULT_MAP_BYTES,
    // A commit resolves only when it is on the disk.
    overlappingSync: false,
    // With it, a failed commit also rejects a promise of the wrapper that nobody holds, which ends the process.
    eventTurnBatching: false,
    readOnly: options.readOnly === true,
    permissionsMode: 0o600,
  } satisfies RootDatabaseOptions & { permissionsMode: number; path: string };
}

async function prepareFolder(options: LmdbIndexOptions): Promise<void> {
  if (options.readOnly === true) return;
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  await chmod(options.folder, 0o700);
}

/** The names of new files survive a power cut only once their folder is flushed. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await openFile(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
