import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from "node:crypto";
import { encodeSequence } from "@strongroom/base";

/** The keys of a trail, all from `RootKeys.auditSigningSeed` (docs/format/audit-trail.md §2). */
export interface AuditKeys {
  /** Under it lie the keys of the segments. */
  readonly sealing: KeyObject;
  /** Ed25519. */
  readonly signing: KeyObject;
  readonly verifying: KeyObject;
  /** Hexadecimal SHA-256 of the public key's SubjectPublicKeyInfo. */
  readonly fingerprint: string;
}

const NO_SALT = Buffer.alloc(0);
const KEY_SIZE_BYTES = 32;
/** PrivateKeyInfo of an Ed25519 key up to its 32 bytes (RFC 8410 §7). */
const ED25519_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

export function deriveAuditKeys(seed: KeyObject): AuditKeys {
  const sealingBytes = derive(seed, NO_SALT, ["strongroom audit", "sealing key"]);
  const signingBytes = derive(seed, NO_SALT, ["strongroom audit", "signing key"]);
  const der = Buffer.concat([ED25519_PREFIX, signingBytes]);
  const sealing = createSecretKey(sealingBytes);
  const signing = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  for (const bytes of [sealingBytes, signingBytes, der]) bytes.fill(0);
  const verifying = createPublicKey(signing);
  const spki = verifying.export({ format: "der", type: "spki" });
  return { sealing, signing, verifying, fingerprint: createHash("sha256").update(spki).digest("hex") };
}

/** The key of one segment: AES-256, used by its one writer alone. `headerHash` is SHA-256 of the segment's header. */
export function deriveSegmentKey(sealing: KeyObject, headerHash: Uint8Array): KeyObject {
  const bytes = derive(sealing, headerHash, ["strongroom audit", "segment key"]);
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

function derive(key: KeyObject, salt: Uint8Array, words: readonly string[]): Buffer {
  return Buffer.from(hkdfSync("sha512", key, salt, encodeSequence(words), KEY_SIZE_BYTES));
}
