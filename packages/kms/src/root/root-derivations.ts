import { hkdfSync } from "node:crypto";
import { encodeSequence, SecretBytes } from "@strongroom/base";

/** One label per purpose: a key derived for one is unrelated to every other (docs/key-hierarchy.md). */
const LABELS = {
  indexSealing: "index sealing key",
  indexMac: "index mac key",
  credentialSealing: "credential sealing key",
  masterKeySealing: "master key sealing key",
  sessionSealing: "session sealing key",
  keyServiceSealing: "key service sealing key",
  auditSigningSeed: "audit signing seed",
} as const;

/** The 32-byte keys directly under the root. Whoever takes them owns and wipes them. */
export type RootKeys = Readonly<Record<keyof typeof LABELS, SecretBytes>>;

const KEY_SIZE_BYTES = 32;
const KEY_ID_SIZE_BYTES = 16;
const NO_SALT = Buffer.alloc(0);

/** `salt` is the deployment's, from its root record: one key file over two folders still gives unrelated keys. */
export function deriveRootKeys(rootKey: SecretBytes, salt: Uint8Array): RootKeys {
  const one = (label: string): SecretBytes => new SecretBytes(derive(rootKey, salt, [label], KEY_SIZE_BYTES));
  return {
    indexSealing: one(LABELS.indexSealing),
    indexMac: one(LABELS.indexMac),
    credentialSealing: one(LABELS.credentialSealing),
    masterKeySealing: one(LABELS.masterKeySealing),
    sessionSealing: one(LABELS.sessionSealing),
    keyServiceSealing: one(LABELS.keyServiceSealing),
    auditSigningSeed: one(LABELS.auditSigningSeed),
  };
}

/** 32 hexadecimal digits that tell root keys apart and say nothing about them. */
export function deriveRootKeyId(rootKey: SecretBytes): string {
  return derive(rootKey, NO_SALT, ["root key id"], KEY_ID_SIZE_BYTES).toString("hex");
}

/** Proves that a root record was written by a holder of this root key, with exactly these fields. */
export function deriveRecordCheck(
  rootKey: SecretBytes,
  salt: Uint8Array,
  version: number,
  keyId: string,
): Buffer {
  return derive(rootKey, salt, ["root record check", String(version), keyId], KEY_SIZE_BYTES);
}

/** A 32-byte key of the root seal's own; `info` says for what (docs/format/root-seal.md §2). */
export function deriveSealKey(
  secret: SecretBytes,
  salt: Uint8Array,
  ...info: readonly (string | Uint8Array)[]
): Buffer {
  return derive(secret, salt, info, KEY_SIZE_BYTES);
}

function derive(
  rootKey: SecretBytes,
  salt: Uint8Array,
  info: readonly (string | Uint8Array)[],
  sizeBytes: number,
): Buffer {
  const words = encodeSequence(["strongroom root", ...info]);
  return Buffer.from(hkdfSync("sha512", rootKey.toKeyObject(), salt, words, sizeBytes));
}
