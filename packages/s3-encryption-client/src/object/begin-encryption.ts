import { platform } from "#platform";
import { type Bytes, isAllZero } from "../bytes.ts";
import {
  COMMITTING_ADDITIONAL_DATA,
  COMMITTING_NONCE,
  deriveCommitment,
  deriveContentKey,
} from "../content/key-commitment.ts";
import { ConfigurationError, KeyringError, UsageError } from "../errors.ts";
import type { AlgorithmSuite } from "../format/algorithm-suites.ts";
import { type Envelope, MESSAGE_ID_BYTES } from "../format/envelope.ts";
import type { TextMap } from "../format/metadata-text.ts";
import { WRAPPING_ALGORITHMS } from "../format/wrapping-algorithms.ts";
import { canEncrypt, DATA_KEY_BYTES, type GeneratedDataKey, type Keyring } from "../keyrings/keyring.ts";
import type { CipherMode, GcmParameters } from "../platform/platform.ts";

/** What a writer writes with. */
export interface WritingRules {
  readonly keyring: Partial<Keyring>;
  readonly suite: AlgorithmSuite;
}

/** One object being encrypted: its content goes through once, in order. */
export interface Encryption {
  readonly envelope: Envelope;
  /** Bytes so far. */
  readonly plaintextBytes: number;
  /** Throws UsageError past the most that one key may encrypt. */
  update(plaintext: Uint8Array): Promise<Uint8Array>;
  /** The last ciphertext and the tag. */
  final(): Promise<Uint8Array>;
}

/** A fresh data key and everything that follows from it: nothing of it is ever used for a second object. */
export async function beginEncryption(
  { keyring, suite }: WritingRules,
  encryptionContext: TextMap,
  mode: CipherMode,
): Promise<Encryption> {
  if (!canEncrypt(keyring)) throw new KeyringError("The keyring cannot generate data keys");
  const generated = await keyring.generateDataKey({
    contentAlgorithm: suite.contentAlgorithm,
    encryptionContext,
  });
  try {
    requireStorable(generated, suite);
    const { envelope, parameters } = suite.isCommitting
      ? await beginCommitting(generated, suite)
      : beginPlain(generated, suite);
    return new RunningEncryption(envelope, parameters, mode);
  } finally {
    generated.dataKey.fill(0);
  }
}

interface Beginning {
  readonly envelope: Envelope;
  readonly parameters: GcmParameters;
}

async function beginCommitting(generated: GeneratedDataKey, suite: AlgorithmSuite): Promise<Beginning> {
  const messageId = randomBytes(MESSAGE_ID_BYTES);
  const envelope: Envelope = {
    formatVersion: 3,
    suite,
    messageId,
    commitment: await deriveCommitment(generated.dataKey, messageId),
    ...wrappingOf(generated),
  };
  const key = await deriveContentKey(generated.dataKey, messageId);
  return {
    envelope,
    parameters: { key, nonce: COMMITTING_NONCE, additionalData: COMMITTING_ADDITIONAL_DATA },
  };
}

function beginPlain(generated: GeneratedDataKey, suite: AlgorithmSuite): Beginning {
  const iv = randomBytes(suite.nonceBytes);
  return {
    envelope: { formatVersion: 2, suite, iv, ...wrappingOf(generated) },
    parameters: { key: generated.dataKey.slice(), nonce: iv, additionalData: new Uint8Array(0) },
  };
}

function wrappingOf({
  wrappingAlgorithm,
  encryptedDataKey,
  storedContext,
  otherRecipients = [],
}: GeneratedDataKey): Pick<
  Envelope,
  "wrappingAlgorithm" | "encryptedDataKey" | "storedContext" | "otherRecipients"
> {
  return { wrappingAlgorithm, encryptedDataKey, storedContext, otherRecipients };
}

/** Throws for what the formats have no place for. */
export function requireStorable(generated: GeneratedDataKey, suite: AlgorithmSuite): void {
  const { otherRecipients = [] } = generated;
  if (generated.dataKey.length !== DATA_KEY_BYTES)
    throw new KeyringError("The keyring gave no 32-byte data key");
  for (const { wrappingAlgorithm } of [generated, ...otherRecipients]) {
    if (WRAPPING_ALGORITHMS[wrappingAlgorithm]?.code == null)
      throw new KeyringError("The keyring wraps with an algorithm that may not be written");
  }
  if (otherRecipients.length > 0 && !suite.isCommitting)
    throw new ConfigurationError(
      "More than one recipient needs key commitment: two could be given different plaintexts",
    );
}

function randomBytes(size: number): Bytes {
  const bytes = crypto.getRandomValues(new Uint8Array(size));
  if (isAllZero(bytes)) throw new KeyringError("The random source gives zeros");
  return bytes;
}

class RunningEncryption implements Encryption {
  readonly envelope: Envelope;
  readonly #encryptor;
  readonly #key: Bytes;
  #plaintextBytes = 0;
  #isDone = false;

  constructor(envelope: Envelope, parameters: GcmParameters, mode: CipherMode) {
    this.envelope = envelope;
    this.#encryptor = platform.gcmEncryptor(parameters, mode);
    this.#key = parameters.key;
  }

  get plaintextBytes(): number {
    return this.#plaintextBytes;
  }

  async update(plaintext: Uint8Array): Promise<Uint8Array> {
    this.#requireRunning();
    this.#plaintextBytes += plaintext.length;
    if (this.#plaintextBytes > this.envelope.suite.maxPlaintextBytes)
      throw new UsageError(
        "The object is larger than the 68719476704 bytes that AES-GCM may encrypt with one key",
      );
    return this.#encryptor.update(plaintext);
  }

  async final(): Promise<Uint8Array> {
    this.#requireRunning();
    this.#isDone = true;
    const last = await this.#encryptor.final();
    this.#key.fill(0);
    return last;
  }

  #requireRunning(): void {
    // A second run over other bytes would use key and nonce twice.
    if (this.#isDone) throw new UsageError("The encryption of this object has ended");
  }
}
