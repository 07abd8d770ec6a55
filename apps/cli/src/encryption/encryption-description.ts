import type { EncryptedObjectFacts, WrappingAlgorithm } from "@strongroom/s3-encryption-client";

/** What it takes to open an object, as `--json` prints it. */
export interface EncryptionDescription {
  readonly formatVersion: 1 | 2 | 3;
  readonly algorithm: string;
  readonly wrappingAlgorithm: WrappingAlgorithm;
  /** The kind of key that unwraps its data key. */
  readonly needs: "kms" | "aes" | "rsa";
  /** Whether `--legacy` is needed. */
  readonly isLegacy: boolean;
  readonly hasKeyCommitment: boolean;
  readonly envelopeLocation: string;
  readonly storedContext: Readonly<Record<string, string>>;
  readonly ciphertextBytes: number;
  readonly plaintextBytes: number | null;
}

const NEEDS: Readonly<Record<WrappingAlgorithm, EncryptionDescription["needs"]>> = {
  "AES/GCM": "aes",
  AESWrap: "aes",
  AES: "aes",
  "RSA-OAEP-SHA1": "rsa",
  "RSA/ECB/OAEPWithSHA-256AndMGF1Padding": "rsa",
  RSA: "rsa",
  "kms+context": "kms",
  kms: "kms",
};
const CURRENT_WRAPPINGS: ReadonlySet<WrappingAlgorithm> = new Set([
  "AES/GCM",
  "RSA-OAEP-SHA1",
  "kms+context",
]);
const TAG_BYTES = 16;

export function describe(facts: EncryptedObjectFacts, ciphertextBytes: number): EncryptionDescription {
  const isCbc = facts.algorithm === "ALG_AES_256_CBC_IV16_NO_KDF";
  return {
    formatVersion: facts.formatVersion,
    algorithm: facts.algorithm,
    wrappingAlgorithm: facts.wrappingAlgorithm,
    needs: NEEDS[facts.wrappingAlgorithm],
    isLegacy: isCbc || !CURRENT_WRAPPINGS.has(facts.wrappingAlgorithm),
    hasKeyCommitment: facts.formatVersion === 3,
    envelopeLocation: facts.envelopeLocation,
    storedContext: facts.storedContext,
    ciphertextBytes,
    plaintextBytes: isCbc || ciphertextBytes < TAG_BYTES ? null : ciphertextBytes - TAG_BYTES,
  };
}

const ALGORITHM_TEXT: Readonly<Record<string, string>> = {
  ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY: "AES-256-GCM with key commitment",
  ALG_AES_256_GCM_IV12_TAG16_NO_KDF: "AES-256-GCM",
  ALG_AES_256_CBC_IV16_NO_KDF: "AES-CBC, which nothing authenticates",
};
const KEY_TEXT = {
  kms: "a KMS key (--kms-key-id ID, or none to let the service find it)",
  aes: "an AES key (--key FILE)",
  rsa: "an RSA private key (--key FILE)",
};

/** For people, on standard error. */
export function printDescription(source: string, described: EncryptionDescription): string {
  const context = Object.entries(described.storedContext).map(([name, value]) => `${name}=${value}`);
  const lines = {
    object: source,
    format: `${described.formatVersion}: ${ALGORITHM_TEXT[described.algorithm] ?? described.algorithm}`,
    "data key": `wrapped by ${described.wrappingAlgorithm}; needs ${KEY_TEXT[described.needs]}`,
    "keys in": described.envelopeLocation === "metadata" ? "the object's metadata" : "an instruction file",
    context: context.length === 0 ? "none" : context.map(printable).join(", "),
    bytes:
      described.plaintextBytes === null
        ? `${described.ciphertextBytes} encrypted`
        : String(described.plaintextBytes),
    ...(described.isLegacy ? { legacy: "needs --legacy: old clients wrote such objects" } : {}),
  };
  return Object.entries(lines)
    .map(([name, value]) => `${name.padEnd(9)} ${value}\n`)
    .join("");
}

/** The stored context is anyone's text: no control character reaches the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\uFFFD");
}
