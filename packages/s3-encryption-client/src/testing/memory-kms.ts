import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { KeyManagementService } from "../keyrings/kms-keyring.ts";

type Input = { KeyId?: string; EncryptionContext: Record<string, string> };

/** A KMS in memory: blobs are bound to key and context as a real one's are. */
export class MemoryKms implements KeyManagementService {
  readonly #key = randomBytes(32);
  calls = 0;

  async generateDataKey(
    input: Input & { KeyId: string },
  ): Promise<{ Plaintext: Uint8Array; CiphertextBlob: Uint8Array }> {
    const Plaintext = randomBytes(32);
    return { Plaintext, ...(await this.encrypt({ ...input, Plaintext })) };
  }

  async encrypt({
    Plaintext,
    ...input
  }: Input & { Plaintext: Uint8Array }): Promise<{ CiphertextBlob: Uint8Array }> {
    this.calls++;
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(additionalData(input));
    const sealed = Buffer.concat([cipher.update(Plaintext), cipher.final(), cipher.getAuthTag()]);
    return { CiphertextBlob: Buffer.concat([nonce, Buffer.from((input.KeyId ?? "").padEnd(64)), sealed]) };
  }

  async decrypt({
    CiphertextBlob,
    ...input
  }: Input & { CiphertextBlob: Uint8Array }): Promise<{ Plaintext: Uint8Array }> {
    this.calls++;
    const blob = Buffer.from(CiphertextBlob);
    const KeyId = blob.subarray(12, 76).toString().trim();
    if (input.KeyId !== undefined && input.KeyId !== KeyId) throw serviceError("IncorrectKeyException");
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.#key, blob.subarray(0, 12));
      decipher.setAAD(additionalData({ ...input, KeyId })).setAuthTag(blob.subarray(-16));
      return { Plaintext: Buffer.concat([decipher.update(blob.subarray(76, -16)), decipher.final()]) };
    } catch {
      throw serviceError("InvalidCiphertextException");
    }
  }
}

/** A KMS that knows one answer, whatever is asked: for objects out of other people's tests. */
export class AnsweringKms implements KeyManagementService {
  readonly #plaintext: Uint8Array;
  readonly asked: Input[] = [];

  constructor(plaintext: Uint8Array) {
    this.#plaintext = plaintext;
  }

  async generateDataKey(): Promise<{ Plaintext: Uint8Array; CiphertextBlob: Uint8Array }> {
    return { Plaintext: this.#plaintext.slice(), CiphertextBlob: Uint8Array.of(1) };
  }

  async encrypt(): Promise<{ CiphertextBlob: Uint8Array }> {
    return { CiphertextBlob: Uint8Array.of(1) };
  }

  async decrypt(input: Input): Promise<{ Plaintext: Uint8Array }> {
    this.asked.push(input);
    return { Plaintext: this.#plaintext.slice() };
  }
}

function additionalData({ KeyId, EncryptionContext }: Input): Buffer {
  const pairs = Object.entries(EncryptionContext).sort(([left], [right]) => (left < right ? -1 : 1));
  return Buffer.from(JSON.stringify([KeyId, pairs]));
}

function serviceError(name: string): Error {
  return Object.assign(new Error(name), { name });
}
