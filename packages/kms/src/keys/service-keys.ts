import { createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { encodeSequence, type SecretBytes } from "@strongroom/base";

/**
 * The keys of the key service, all from `RootKeys.keyServiceSealing` (docs/key-hierarchy.md). `materialId` makes the
 * public ids of materials, so that nobody can test a guessed material against its id.
 */
export interface ServiceKeys {
  readonly materialSealing: KeyObject;
  readonly materialId: KeyObject;
  readonly importSealing: KeyObject;
  readonly grantToken: KeyObject;
  readonly storePasswordSealing: KeyObject;
  readonly marker: KeyObject;
}

const LABELS = {
  materialSealing: "material sealing key",
  materialId: "material id key",
  importSealing: "import sealing key",
  grantToken: "grant token key",
  storePasswordSealing: "custom key store password sealing key",
  marker: "marker key",
} as const satisfies Record<keyof ServiceKeys, string>;

const KEY_SIZE_BYTES = 32;
const NO_SALT = Buffer.alloc(0);

export function deriveServiceKeys(sealingKey: KeyObject): ServiceKeys {
  const one = (label: string): KeyObject => deriveKey(sealingKey, NO_SALT, ["strongroom key service", label]);
  return {
    materialSealing: one(LABELS.materialSealing),
    materialId: one(LABELS.materialId),
    importSealing: one(LABELS.importSealing),
    grantToken: one(LABELS.grantToken),
    storePasswordSealing: one(LABELS.storePasswordSealing),
    marker: one(LABELS.marker),
  };
}

/** HKDF-SHA-512: one 32-byte key, from a key, a salt and words that say what it is for. */
export function deriveKey(key: KeyObject, salt: Uint8Array, words: readonly string[]): KeyObject {
  const bytes = Buffer.from(hkdfSync("sha512", key, salt, encodeSequence(words), KEY_SIZE_BYTES));
  const derived = createSecretKey(bytes);
  bytes.fill(0);
  return derived;
}

/** 64 hexadecimal digits that name a material of a key, the same for the same bytes. */
export function materialIdOf(keys: ServiceKeys, keyId: string, material: SecretBytes): string {
  const hmac = createHmac("sha256", keys.materialId);
  return hmac.update(encodeSequence(["material id", keyId, material.expose()])).digest("hex");
}
