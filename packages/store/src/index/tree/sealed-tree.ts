import type { KeyObject } from "node:crypto";
import { type IndexBatch, IndexConflictError, type IndexRange, type IndexRecord } from "../index-port.ts";
import { GroupEdit } from "./group-edit.ts";
import { type EntrySlice, keyOf, revisionOf, storedValueOf } from "./leaf-page.ts";
import { PageCache } from "./page-cache.ts";
import type { EditContext, TreeSizes } from "./page-outcome.ts";
import { PageReader } from "./page-reader.ts";
import { PageSealer } from "./page-sealer.ts";
import type { PageStore } from "./page-store.ts";
import { PageWrites } from "./page-writes.ts";
import {
  EMPTY_SUPERBLOCK,
  openSuperblock,
  SUPERBLOCK_ID,
  type Superblock,
  sealSuperblock,
} from "./superblock.ts";
import { editTree } from "./tree-edit.ts";
import { findEntry, scanEntries } from "./tree-read.ts";
import { type DamagedRange, type TreeReport, verifyTree } from "./tree-verify.ts";

/** A sealed page is 41 bytes longer and then just fits a database page of 8 KiB: docs/format/sealed-index.md. */
export const DEFAULT_TREE_SIZES: TreeSizes = { pageBytes: 8128, inlineBytes: 2048 };

/** What a group commit comes to, before any of it is stored. */
export interface PreparedGroup {
  /** Per batch: null when it is part of the group, else why it is not. */
  readonly refusals: readonly (IndexConflictError | null)[];
  readonly payloads: ReadonlyMap<string, Uint8Array | null>;
  /** Stores pages and root record. */
  writeTo(store: PageStore): void;
  /** To be called only once the transaction is durable. */
  remember(): void;
}

/**
 * A B+tree of sealed pages over any `PageStore`: docs/format/sealed-index.md. It keeps no state but a cache of opened
 * pages; the store is the truth, so several processes may work on one store. Every call happens within one
 * snapshot or transaction of the store, which the caller provides.
 */
export class SealedTree {
  readonly #sealer: PageSealer;
  readonly #cache: PageCache;
  readonly #sizes: TreeSizes;
  #known: { readonly sealed: Buffer; readonly superblock: Superblock } | null = null;

  constructor(sealingKey: KeyObject, cacheBytes: number, sizes: TreeSizes = DEFAULT_TREE_SIZES) {
    this.#sealer = new PageSealer(sealingKey);
    this.#cache = new PageCache(cacheBytes);
    this.#sizes = sizes;
  }

  /** Makes an empty tree in an empty store. */
  create(store: PageStore): void {
    store.put(SUPERBLOCK_ID, sealSuperblock(this.#sealer, EMPTY_SUPERBLOCK));
  }

  superblock(store: Pick<PageStore, "get">): Superblock {
    const sealed = store.get(SUPERBLOCK_ID);
    // The very bytes that were authentic before are authentic now.
    if (this.#known !== null && sealed !== undefined && isSame(this.#known.sealed, sealed)) {
      return this.#known.superblock;
    }
    const copy = sealed === undefined ? undefined : Buffer.from(sealed.subarray(0, sealed.length));
    const superblock = openSuperblock(this.#sealer, copy);
    if (copy !== undefined) this.#known = { sealed: copy, superblock };
    return superblock;
  }

  get(store: Pick<PageStore, "get">, key: Uint8Array): IndexRecord | null {
    const reader = new PageReader(store, this.#sealer, this.#cache);
    const entry = findEntry(reader, this.superblock(store), key);
    return entry === null ? null : recordOf(reader, entry);
  }

  list(store: Pick<PageStore, "get">, range: IndexRange): readonly IndexRecord[] {
    const reader = new PageReader(store, this.#sealer, this.#cache);
    const records: IndexRecord[] = [];
    if (range.limit <= 0) return records;
    const visit = (entry: EntrySlice): boolean => {
      records.push(recordOf(reader, entry));
      return records.length < range.limit;
    };
    const { from, to } = range;
    scanEntries(reader, this.superblock(store), { from, to, reverse: range.reverse === true, visit });
    return records;
  }

  /** Checks the whole tree of one snapshot; the cache is neither asked nor filled. See `verifyTree` for `damage`. */
  verify(
    snapshot: Pick<PageStore, "get">,
    pause: () => Promise<void>,
    damage: DamagedRange[] | null = null,
  ): Promise<TreeReport> {
    const reader = new PageReader(snapshot, this.#sealer, null);
    return verifyTree(reader, this.superblock(snapshot), pause, damage);
  }

  /** Checks and applies batches in order on top of the state `store` shows, which must not change until it is stored. */
  prepare(store: Pick<PageStore, "get">, batches: readonly IndexBatch[]): PreparedGroup {
    const before = this.superblock(store);
    const reader = new PageReader(store, this.#sealer, this.#cache);
    const group = new GroupEdit(reader, before);
    const refusals = batches.map((batch) => refusalOf(group, batch));
    const writes = new PageWrites(this.#sealer, before.nextId);
    const context: EditContext = { reader, writes, sizes: this.#sizes, growth: 0 };
    const edits = group.edits();
    const edited = edits.length === 0 ? before : editTree(context, before, edits);
    const after: Superblock = {
      commits: before.commits + 1,
      nextId: writes.nextId,
      nextRevision: group.nextRevision,
      records: before.records + context.growth,
      height: edited.height,
      root: edited.root,
    };
    const sealed = edits.length === 0 ? null : sealSuperblock(this.#sealer, after);
    return {
      refusals,
      payloads: group.payloads,
      writeTo: (target) => {
        writes.writeTo(target);
        if (sealed !== null) target.put(SUPERBLOCK_ID, sealed);
      },
      remember: () => {
        writes.rememberIn(this.#cache);
      },
    };
  }
}

function refusalOf(group: GroupEdit, batch: IndexBatch): IndexConflictError | null {
  try {
    group.add(batch);
    return null;
  } catch (error) {
    if (error instanceof IndexConflictError) return error;
    throw error;
  }
}

function recordOf(reader: PageReader, entry: EntrySlice): IndexRecord {
  return {
    key: Buffer.from(keyOf(entry)),
    value: reader.value(storedValueOf(entry)),
    revision: String(revisionOf(entry)),
  };
}

function isSame(known: Buffer, sealed: Uint8Array): boolean {
  if (known.length !== sealed.length) return false;
  for (let at = 0; at < known.length; at++) if (known[at] !== sealed[at]) return false;
  return true;
}
