import { createPrivateKey, type KeyObject, randomBytes } from "node:crypto";
import { encodeSequence, SecretBytes } from "@strongroom/base";
import { integer, oneOf, parseJsonDocument, parseShape, required, structure } from "@strongroom/wire";
import { generateRsaPair, RSA_SIZE_BITS } from "../crypto/generate-material.ts";
import { WRAPPING_ALGORITHMS, type WrappingAlgorithm } from "../crypto/import-wrapping.ts";
import { KmsError } from "../kms-error.ts";
import { ERASABLE_SECRET_SIZE_BYTES, type ErasableSecrets } from "./erasable-secrets.ts";
import type { KmsKey } from "./kms-key.ts";
import type { KmsRecords } from "./kms-records.ts";
import { MS_PER_DAY } from "./periods.ts";
import { openBytes, sealBytes } from "./sealed-bytes.ts";
import { deriveKey, type ServiceKeys } from "./service-keys.ts";

const NAME_SIZE_BYTES = 16;
const VALID_MS = MS_PER_DAY;
const PREFIX = encodeSequence(["kms", "import"]);

const CONTENT = structure({
  algorithm: required(oneOf(WRAPPING_ALGORITHMS)),
  validToMs: required(integer()),
});

export interface ImportParameters {
  readonly token: Buffer;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  readonly validToMs: number;
}

/**
 * Tokens that carry the private key of one import, sealed: name of an erasable secret ‖ sealed(length of facts (u16) ‖
 * facts ‖ PKCS #8). Once they expire the secret is erased, so that an old token and an old request open nothing.
 */
export class ImportTokens {
  readonly #keys: ServiceKeys;
  readonly #secrets: ErasableSecrets;
  readonly #records: KmsRecords;

  constructor(keys: ServiceKeys, secrets: ErasableSecrets, records: KmsRecords) {
    this.#keys = keys;
    this.#secrets = secrets;
    this.#records = records;
  }

  async create(
    key: KmsKey,
    algorithm: WrappingAlgorithm,
    spec: keyof typeof RSA_SIZE_BITS,
    nowMs: number,
  ): Promise<ImportParameters> {
    const pair = await generateRsaPair(RSA_SIZE_BITS[spec]);
    const validToMs = nowMs + VALID_MS;
    using pkcs8 = new SecretBytes(pair.privateKey.export({ format: "der", type: "pkcs8" }));
    const facts = Buffer.from(JSON.stringify({ algorithm, validToMs }));
    const length = Buffer.alloc(2);
    length.writeUInt16BE(facts.length);
    using content = new SecretBytes(Buffer.concat([length, facts, pkcs8.expose()]));
    const name = randomBytes(NAME_SIZE_BYTES);
    using half = SecretBytes.random(ERASABLE_SECRET_SIZE_BYTES);
    const sealed = sealBytes(this.#sealingKey(half), boundTo(key), content);
    const hex = name.toString("hex");
    // The record first: a secret without one would never be erased.
    await this.#records.store.change([{ key: recordKey(validToMs, hex), value: Buffer.from(hex) }], []);
    await this.#secrets.create(hex, half);
    const publicKey = pair.publicKey.export({ format: "der", type: "spki" });
    return { token: Buffer.concat([name, sealed]), publicKey, validToMs };
  }

  /** Throws InvalidImportTokenException, also for another key's token, and ExpiredImportTokenException. */
  async open(
    key: KmsKey,
    token: Buffer,
    nowMs: number,
  ): Promise<{ readonly privateKey: KeyObject; readonly algorithm: WrappingAlgorithm }> {
    const name = token.subarray(0, NAME_SIZE_BYTES).toString("hex");
    using half = name.length === NAME_SIZE_BYTES * 2 ? await this.#secrets.read(name) : null;
    if (half === null) throw invalidToken();
    using content = openBytes(this.#sealingKey(half), boundTo(key), token.subarray(NAME_SIZE_BYTES));
    if (content === null) throw invalidToken();
    const bytes = content.expose();
    const end = 2 + bytes.readUInt16BE(0);
    const { algorithm, validToMs } = parseShape(CONTENT, parseJsonDocument(bytes.subarray(2, end)));
    if (validToMs <= nowMs)
      throw new KmsError("ExpiredImportTokenException", "The import token has expired.");
    const privateKey = createPrivateKey({ key: bytes.subarray(end), format: "der", type: "pkcs8" });
    return { privateKey, algorithm };
  }

  /** Erases the secrets of tokens that are a day past their time, so that until then they are told to have expired. */
  async eraseExpired(nowMs: number): Promise<number> {
    const due = await this.#records.store.page(PREFIX, null, 1000);
    let erased = 0;
    for (const record of due) {
      const validToMs = Number(Buffer.from(record.key).readBigUInt64BE(PREFIX.length + 4));
      if (validToMs + VALID_MS > nowMs) break;
      await this.#secrets.erase(Buffer.from(record.value).toString("utf8"));
      await this.#records.store.change([{ key: record.key, value: null }], []);
      erased += 1;
    }
    return erased;
  }

  #sealingKey(half: SecretBytes): KeyObject {
    return deriveKey(this.#keys.importSealing, half.expose(), ["strongroom kms import"]);
  }
}

function recordKey(validToMs: number, name: string): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(validToMs));
  return encodeSequence(["kms", "import", time, name]);
}

function boundTo(key: KmsKey): readonly string[] {
  return ["strongroom kms import", key.record.region, key.record.keyId];
}

function invalidToken(): KmsError {
  return new KmsError("InvalidImportTokenException", "The import token is not one of this key.");
}
