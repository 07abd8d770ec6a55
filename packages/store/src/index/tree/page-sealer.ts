import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { IndexIntegrityError } from "../index-port.ts";
import type { PageId } from "./page-store.ts";

export const TAG_BYTES = 16;
export const FORMAT_VERSION = 1;

/** What a sealed record is for; bound into its authentication so that one kind never passes for another. */
export const RecordKind = { superblock: 0, page: 1, value: 2 } as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

const EPOCH_BYTES = 16;
const COUNTER_BYTES = 8;
const HEAD_BYTES = 1 + EPOCH_BYTES + COUNTER_BYTES;
/** What sealing adds to a plaintext. */
export const SEAL_OVERHEAD_BYTES = HEAD_BYTES + TAG_BYTES;

/** Far below what AES-GCM allows under one key, and an epoch is cheap: docs/format/sealed-index.md, limits. */
const SEALS_PER_EPOCH = 2 ** 24;
const BYTES_PER_EPOCH = 2 ** 37;
const KEPT_EPOCHS = 4096;
const KEY_INFO = "strongroom/sealed-index/v1/page-key";
const ASSOCIATED_DATA_LABEL = Buffer.from("strongroom/sealed-index/v1", "ascii");

interface Epoch {
  readonly salt: Buffer;
  readonly key: KeyObject;
  seals: number;
  sealedBytes: number;
}

/**
 * Seals records of the index with AES-256-GCM. Every process seals under epochs of its own: a random salt, a key
 * derived from it, and a counter as nonce, so that no two processes, and no retry after an aborted transaction,
 * can ever use one key and nonce twice.
 */
export class PageSealer {
  readonly #sealingKey: KeyObject;
  readonly #keys = new Map<string, KeyObject>();
  readonly #sealsPerEpoch: number;
  #epoch: Epoch | null = null;

  constructor(sealingKey: KeyObject, sealsPerEpoch: number = SEALS_PER_EPOCH) {
    if (sealingKey.type !== "secret" || sealingKey.symmetricKeySize !== 32) {
      throw new TypeError("the index sealing key must be a secret key of 32 bytes");
    }
    this.#sealingKey = sealingKey;
    this.#sealsPerEpoch = sealsPerEpoch;
  }

  /** format ‖ epoch salt ‖ counter ‖ ciphertext ‖ tag. The last 16 bytes are the tag that a parent keeps. */
  seal(kind: RecordKind, id: PageId, plaintext: Uint8Array): Buffer {
    const epoch = this.#currentEpoch();
    const out = Buffer.allocUnsafe(SEAL_OVERHEAD_BYTES + plaintext.length);
    out[0] = FORMAT_VERSION;
    epoch.salt.copy(out, 1);
    out.writeUIntBE(0, 1 + EPOCH_BYTES, 2);
    out.writeUIntBE(epoch.seals++, 1 + EPOCH_BYTES + 2, 6);
    epoch.sealedBytes += plaintext.length;
    const cipher = createCipheriv("aes-256-gcm", epoch.key, nonceOf(out));
    cipher.setAAD(associatedData(kind, id));
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    ciphertext.copy(out, HEAD_BYTES);
    cipher.getAuthTag().copy(out, HEAD_BYTES + plaintext.length);
    return out;
  }

  /**
   * The plaintext of a sealed record. `expectedTag` is what the parent says; null only for the superblock.
   * Throws `IndexIntegrityError` when the record is missing, not the version the parent names, or not authentic.
   */
  open(kind: RecordKind, id: PageId, sealed: Uint8Array | undefined, expectedTag: Uint8Array | null): Buffer {
    if (sealed === undefined) throw refusal(kind, id, "is missing");
    if (sealed.length < SEAL_OVERHEAD_BYTES) throw refusal(kind, id, "is too short");
    if (sealed[0] !== FORMAT_VERSION) throw refusal(kind, id, "has an unknown format version");
    const tagAt = sealed.length - TAG_BYTES;
    const tag = sealed.subarray(tagAt, sealed.length);
    if (expectedTag !== null && Buffer.compare(tag, expectedTag) !== 0) {
      throw refusal(kind, id, "is not the version its parent names");
    }
    const salt = Buffer.from(sealed.subarray(1, 1 + EPOCH_BYTES));
    const decipher = createDecipheriv("aes-256-gcm", this.#keyOf(salt), nonceOf(sealed), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(associatedData(kind, id));
    decipher.setAuthTag(tag);
    const plaintext = decipher.update(sealed.subarray(HEAD_BYTES, tagAt));
    try {
      decipher.final();
    } catch {
      plaintext.fill(0);
      throw refusal(kind, id, "does not authenticate");
    }
    return plaintext;
  }

  #currentEpoch(): Epoch {
    const last = this.#epoch;
    const hasRoom = last !== null && last.seals < this.#sealsPerEpoch && last.sealedBytes < BYTES_PER_EPOCH;
    if (hasRoom) return last;
    const salt = randomBytes(EPOCH_BYTES);
    const next = { salt, key: this.#keyOf(salt), seals: 0, sealedBytes: 0 };
    this.#epoch = next;
    return next;
  }

  #keyOf(salt: Buffer): KeyObject {
    const name = salt.toString("latin1");
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const bytes = Buffer.from(hkdfSync("sha256", this.#sealingKey, salt, KEY_INFO, 32));
    const key = createSecretKey(bytes);
    bytes.fill(0);
    const oldest = this.#keys.size >= KEPT_EPOCHS ? this.#keys.keys().next().value : undefined;
    if (oldest !== undefined) this.#keys.delete(oldest);
    this.#keys.set(name, key);
    return key;
  }
}

/** The tag at the end of what `seal` returned. */
export function tagOf(sealed: Buffer): Buffer {
  return sealed.subarray(sealed.length - TAG_BYTES);
}

function nonceOf(sealed: Uint8Array): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.set(sealed.subarray(1 + EPOCH_BYTES, HEAD_BYTES), 4);
  return nonce;
}

function associatedData(kind: RecordKind, id: PageId): Buffer {
  const out = Buffer.allocUnsafe(ASSOCIATED_DATA_LABEL.length + 7);
  ASSOCIATED_DATA_LABEL.copy(out);
  out[ASSOCIATED_DATA_LABEL.length] = kind;
  out.writeUIntBE(id, ASSOCIATED_DATA_LABEL.length + 1, 6);
  return out;
}

function refusal(kind: RecordKind, id: PageId, what: string): IndexIntegrityError {
  const name =
    kind === RecordKind.superblock ? "the root record" : kind === RecordKind.page ? "page" : "value";
  return new IndexIntegrityError(
    `${kind === RecordKind.superblock ? name : `${name} ${id}`} of the index ${what}`,
  );
}
