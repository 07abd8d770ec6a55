import { IndexIntegrityError } from "../index-port.ts";
import { type PageSealer, RecordKind, TAG_BYTES } from "./page-sealer.ts";
import type { PageId, PageRef } from "./page-store.ts";

/** The root record lies here; no page or value ever has this id. */
export const SUPERBLOCK_ID: PageId = 0;

/** The root of trust of one state of the tree, replaced by every commit. */
export interface Superblock {
  /** Commits since the tree was made: one more with each. */
  readonly commits: number;
  readonly nextId: PageId;
  readonly nextRevision: number;
  readonly records: number;
  /** Levels of pages: 0 for an empty tree, 1 when the root is a leaf. */
  readonly height: number;
  readonly root: PageRef | null;
}

export const EMPTY_SUPERBLOCK: Superblock = {
  commits: 0,
  nextId: 1,
  nextRevision: 1,
  records: 0,
  height: 0,
  root: null,
};

const SIZE_BYTES = 1 + 5 * 6 + TAG_BYTES;

export function sealSuperblock(sealer: PageSealer, superblock: Superblock): Buffer {
  const plain = Buffer.alloc(SIZE_BYTES);
  plain[0] = superblock.height;
  plain.writeUIntBE(superblock.commits, 1, 6);
  plain.writeUIntBE(superblock.nextId, 7, 6);
  plain.writeUIntBE(superblock.nextRevision, 13, 6);
  plain.writeUIntBE(superblock.records, 19, 6);
  plain.writeUIntBE(superblock.root?.id ?? 0, 25, 6);
  superblock.root?.tag.copy(plain, 31);
  return sealer.seal(RecordKind.superblock, SUPERBLOCK_ID, plain);
}

/** Throws `IndexIntegrityError` when it is not authentic under this sealing key. */
export function openSuperblock(sealer: PageSealer, sealed: Uint8Array | undefined): Superblock {
  const plain = sealer.open(RecordKind.superblock, SUPERBLOCK_ID, sealed, null);
  if (plain.length !== SIZE_BYTES) throw new IndexIntegrityError("the root record of the index is malformed");
  const height = plain[0] ?? 0;
  const root = { id: plain.readUIntBE(25, 6), tag: Buffer.from(plain.subarray(31, 31 + TAG_BYTES)) };
  if ((height === 0) !== (root.id === 0)) {
    throw new IndexIntegrityError("the root record of the index contradicts itself");
  }
  return {
    commits: plain.readUIntBE(1, 6),
    nextId: plain.readUIntBE(7, 6),
    nextRevision: plain.readUIntBE(13, 6),
    records: plain.readUIntBE(19, 6),
    height,
    root: height === 0 ? null : root,
  };
}
