import type { Bytes } from "../bytes.ts";
import { isAllZero } from "../bytes.ts";
import {
  COMMITTING_ADDITIONAL_DATA,
  COMMITTING_NONCE,
  deriveContentKey,
  verifyCommitment,
} from "../content/key-commitment.ts";
import {
  CommitmentPolicyError,
  ConfigurationError,
  EncryptionContextMismatchError,
  KeyringError,
  LegacyDisabledError,
  S3EncryptionClientError,
  WrongKeyError,
} from "../errors.ts";
import type { AlgorithmSuite, EncryptionAlgorithm } from "../format/algorithm-suites.ts";
import { COMMITTING_GCM_SUITE, GCM_SUITE } from "../format/algorithm-suites.ts";
import type { Envelope, WrappedDataKey } from "../format/envelope.ts";
import type { TextMap } from "../format/metadata-text.ts";
import { canDecrypt, type DecryptedDataKey, isAesKeySize, type Keyring } from "../keyrings/keyring.ts";

/** Whether objects must commit to their data key: what may be written, and what may be read. */
export type CommitmentPolicy =
  | "FORBID_ENCRYPT_ALLOW_DECRYPT"
  | "REQUIRE_ENCRYPT_ALLOW_DECRYPT"
  | "REQUIRE_ENCRYPT_REQUIRE_DECRYPT";

/** What a reader accepts. */
export interface ReadingRules {
  readonly keyring: Partial<Keyring>;
  readonly commitmentPolicy: CommitmentPolicy;
  readonly enableLegacyUnauthenticatedModes: boolean;
  readonly enableMultipleRecipients: boolean;
}

/** All that decrypting content takes. `wipe` when it is done. */
export interface ContentKey {
  readonly suite: AlgorithmSuite;
  readonly key: Bytes;
  readonly nonce: Bytes;
  readonly additionalData: Bytes;
  /** See DecryptedDataKey. */
  readonly isSubstitute: boolean;
  wipe(): void;
}

/** The suite that a policy writes with. Throws ConfigurationError when the two contradict each other. */
export function requireSuite(policy: CommitmentPolicy, algorithm: EncryptionAlgorithm): AlgorithmSuite {
  const suite = [GCM_SUITE, COMMITTING_GCM_SUITE].find(({ name }) => name === algorithm);
  if (suite === undefined)
    throw new ConfigurationError(
      "encryptionAlgorithm is none that may be written: legacy algorithms are read only",
    );
  const mustCommit = mustEncryptCommitting(policy);
  if (mustCommit !== suite.isCommitting)
    throw new ConfigurationError(
      `commitmentPolicy ${policy} ${mustCommit ? "requires" : "forbids"} key commitment: set encryptionAlgorithm to ` +
        (mustCommit ? COMMITTING_GCM_SUITE.name : GCM_SUITE.name),
    );
  return suite;
}

function mustEncryptCommitting(policy: CommitmentPolicy): boolean {
  switch (policy) {
    case "FORBID_ENCRYPT_ALLOW_DECRYPT":
      return false;
    case "REQUIRE_ENCRYPT_ALLOW_DECRYPT":
    case "REQUIRE_ENCRYPT_REQUIRE_DECRYPT":
      return true;
    default:
      throw new ConfigurationError("commitmentPolicy is not a policy");
  }
}

/**
 * Judges the algorithm that would really decrypt, never a header that names one, and before any key is touched: a
 * refusal must not depend on key bytes. Throws LegacyDisabledError and CommitmentPolicyError.
 */
export function requireReadable({ suite }: Envelope, rules: ReadingRules): void {
  if (!suite.isAuthenticated && !rules.enableLegacyUnauthenticatedModes)
    throw new LegacyDisabledError(
      "The object is encrypted with AES-CBC, which authenticates nothing. " +
        "Set enableLegacyUnauthenticatedModes to read such objects.",
    );
  if (!suite.isCommitting && rules.commitmentPolicy === "REQUIRE_ENCRYPT_REQUIRE_DECRYPT")
    throw new CommitmentPolicyError();
}

/** Unwraps the data key and derives what decrypts the content. Throws every error of reading but those of content. */
export async function openEnvelope(
  envelope: Envelope,
  rules: ReadingRules,
  encryptionContext: TextMap,
): Promise<ContentKey> {
  requireReadable(envelope, rules);
  const { dataKey, isSubstitute = false } = await unwrapDataKey(envelope, rules, encryptionContext);
  try {
    return await toContentKey(envelope, dataKey, isSubstitute);
  } finally {
    dataKey.fill(0);
  }
}

/** The plaintext data key of an object, verified as far as its format can. The caller wipes it. */
export async function unwrapDataKey(
  envelope: Envelope,
  rules: ReadingRules,
  encryptionContext: TextMap,
): Promise<DecryptedDataKey> {
  const { keyring } = rules;
  if (!canDecrypt(keyring)) throw new KeyringError("The keyring cannot decrypt data keys");
  const others = rules.enableMultipleRecipients ? envelope.otherRecipients : [];
  let notMine: unknown = null;
  for (const wrapped of [envelope, ...others]) {
    const request: WrappedDataKey = {
      wrappingAlgorithm: wrapped.wrappingAlgorithm,
      encryptedDataKey: wrapped.encryptedDataKey,
      storedContext: wrapped.storedContext,
    };
    const contentAlgorithm = envelope.suite.contentAlgorithm;
    try {
      const decrypted = await keyring.decryptDataKey({ ...request, contentAlgorithm, encryptionContext });
      if (decrypted !== null) return requireDataKeySize(envelope, decrypted);
    } catch (error) {
      if (others.length === 0 || !isAboutAnotherKey(error)) throw error;
      notMine ??= error;
    }
  }
  throw (
    notMine ??
    new KeyringError("The keyring does not know the algorithm that the object's data key is wrapped with")
  );
}

function isAboutAnotherKey(error: unknown): boolean {
  return (
    error instanceof WrongKeyError ||
    error instanceof EncryptionContextMismatchError ||
    (error instanceof S3EncryptionClientError && error.code === "KeyService")
  );
}

function requireDataKeySize(envelope: Envelope, decrypted: DecryptedDataKey): DecryptedDataKey {
  const { length } = decrypted.dataKey;
  if (envelope.formatVersion === 3 ? length !== 32 : !isAesKeySize(length))
    throw new KeyringError("The decrypted data key has a wrong length");
  return decrypted;
}

async function toContentKey(envelope: Envelope, dataKey: Bytes, isSubstitute: boolean): Promise<ContentKey> {
  const { suite } = envelope;
  if (envelope.formatVersion !== 3) {
    const key = dataKey.slice();
    return describe(suite, key, envelope.iv, new Uint8Array(0), isSubstitute);
  }
  await verifyCommitment(dataKey, envelope);
  const key = await deriveContentKey(dataKey, envelope.messageId);
  return describe(suite, key, COMMITTING_NONCE, COMMITTING_ADDITIONAL_DATA, isSubstitute);
}

function describe(
  suite: AlgorithmSuite,
  key: Bytes,
  nonce: Bytes,
  additionalData: Bytes,
  isSubstitute: boolean,
): ContentKey {
  if (isAllZero(key)) throw new KeyringError("The decrypted data key is all zeros");
  return { suite, key, nonce, additionalData, isSubstitute, wipe: () => key.fill(0) };
}
