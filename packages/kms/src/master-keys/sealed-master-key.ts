import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { encodeSequence, SecretBytes } from "@strongroom/base";
import { ERASABLE_SECRET_SIZE_BYTES, type ErasableSecrets } from "../keys/erasable-secrets.ts";
import { MasterKeyError } from "./master-key-error.ts";

/**
 * One version of the SSE-S3 master key at rest. `sealed` begins with a format (u8):
 *
 *     1 ‖ nonce ‖ ciphertext ‖ tag                  under the sealing key alone; no longer made
 *     2 ‖ secret name ‖ nonce ‖ ciphertext ‖ tag    under the sealing key and an erasable secret
 *     3 ‖ secret name ‖ time (u64, ms)              destroyed: the secret of this name is to be erased, and was or will be
 */
export interface SealedMasterKey {
  readonly version: number;
  readonly createdMs: number;
  readonly sealed: Uint8Array;
}

const PLAIN_FORMAT = 1;
const ERASABLE_FORMAT = 2;
const DESTROYED_FORMAT = 3;
const NAME_SIZE_BYTES = 16;
const NONCE_SIZE_BYTES = 12;
const KEY_SIZE_BYTES = 32;
const TAG_SIZE_BYTES = 16;
const BOX_SIZE_BYTES = NONCE_SIZE_BYTES + KEY_SIZE_BYTES + TAG_SIZE_BYTES;
const TIME_SIZE_BYTES = 8;
const TAG_OPTIONS = { authTagLength: TAG_SIZE_BYTES } as const;
/** Stands for the secret of a key that had none. */
const NO_NAME = "0".repeat(2 * NAME_SIZE_BYTES);

/**
 * A fresh random master key under `sealingKey` and a new secret, which is durable when this resolves. Each pair of the two
 * seals one message, so a random nonce meets no other (NIST SP 800-38D §8.3).
 */
export async function createMasterKey(
  sealingKey: KeyObject,
  secrets: ErasableSecrets,
  version: number,
  createdMs: number,
): Promise<SealedMasterKey> {
  using masterKey = SecretBytes.random(KEY_SIZE_BYTES);
  using secret = SecretBytes.random(ERASABLE_SECRET_SIZE_BYTES);
  const name = randomBytes(NAME_SIZE_BYTES);
  const nonce = randomBytes(NONCE_SIZE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", joinedKey(sealingKey, secret, version, createdMs), nonce);
  cipher.setAAD(boundTo(version, createdMs));
  const ciphertext = cipher.update(masterKey.expose());
  cipher.final();
  await secrets.create(name.toString("hex"), secret);
  const sealed = Buffer.concat([Buffer.of(ERASABLE_FORMAT), name, nonce, ciphertext, cipher.getAuthTag()]);
  return { version, createdMs, sealed };
}

/** What the record of a version says once it is destroyed. */
export function destroyedMasterKey(record: SealedMasterKey, nowMs: number): SealedMasterKey {
  const time = Buffer.alloc(TIME_SIZE_BYTES);
  time.writeBigUInt64BE(BigInt(nowMs));
  const name = Buffer.from(secretNameOf(record) ?? NO_NAME, "hex");
  return { ...record, sealed: Buffer.concat([Buffer.of(DESTROYED_FORMAT), name, time]) };
}

/** When a version was destroyed; null: it was not. Throws MasterKeyTampered. */
export function destroyedMsOf({ sealed, version }: SealedMasterKey): number | null {
  if (sealed[0] !== DESTROYED_FORMAT) return null;
  if (sealed.length !== 1 + NAME_SIZE_BYTES + TIME_SIZE_BYTES) throw tampered(version);
  return Number(Buffer.from(sealed).readBigUInt64BE(1 + NAME_SIZE_BYTES));
}

/** The name of the erasable secret that a record is, or was, sealed with; null: none was ever made for it. */
export function secretNameOf({ sealed }: SealedMasterKey): string | null {
  if (sealed[0] !== ERASABLE_FORMAT && sealed[0] !== DESTROYED_FORMAT) return null;
  const name = Buffer.from(sealed.subarray(1, 1 + NAME_SIZE_BYTES)).toString("hex");
  return name === NO_NAME ? null : name;
}

/**
 * Throws MasterKeyTampered, also when the record stands under another version or time than it was made for, and
 * MasterKeyMissing when its secret is gone. Not for records of destroyed versions.
 */
export async function openMasterKey(
  sealingKey: KeyObject,
  secrets: ErasableSecrets,
  record: SealedMasterKey,
): Promise<KeyObject> {
  const { sealed, version, createdMs } = record;
  if (sealed[0] === PLAIN_FORMAT) return openBox(sealingKey, record, sealed.subarray(1));
  const name = secretNameOf(record);
  if (sealed[0] !== ERASABLE_FORMAT || name === null) throw tampered(version);
  using secret = await secrets.read(name);
  if (secret === null) {
    throw new MasterKeyError(
      "MasterKeyMissing",
      `half of master key version ${version} is missing in the folder "keys" of the data folder: restore that folder`,
    );
  }
  const key = joinedKey(sealingKey, secret, version, createdMs);
  return openBox(key, record, sealed.subarray(1 + NAME_SIZE_BYTES));
}

function openBox(key: KeyObject, { version, createdMs }: SealedMasterKey, box: Uint8Array): KeyObject {
  if (box.length !== BOX_SIZE_BYTES) throw tampered(version);
  const decipher = createDecipheriv("aes-256-gcm", key, box.subarray(0, NONCE_SIZE_BYTES), TAG_OPTIONS);
  decipher.setAAD(boundTo(version, createdMs));
  decipher.setAuthTag(box.subarray(-TAG_SIZE_BYTES));
  const bytes = decipher.update(box.subarray(NONCE_SIZE_BYTES, -TAG_SIZE_BYTES));
  try {
    decipher.final();
    return createSecretKey(bytes);
  } catch {
    throw tampered(version);
  } finally {
    bytes.fill(0);
  }
}

function joinedKey(
  sealingKey: KeyObject,
  secret: SecretBytes,
  version: number,
  createdMs: number,
): KeyObject {
  const info = boundTo(version, createdMs);
  const bytes = Buffer.from(hkdfSync("sha512", sealingKey, secret.expose(), info, KEY_SIZE_BYTES));
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

function boundTo(version: number, createdMs: number): Buffer {
  return encodeSequence(["strongroom sse-s3 master key", String(version), String(createdMs)]);
}

function tampered(version: number): MasterKeyError {
  return new MasterKeyError(
    "MasterKeyTampered",
    `the record of master key version ${version} does not open under this root key`,
  );
}
