// Browsers: WebCrypto alone. Whole objects go through its AES-GCM in one call; streams through its AES-CTR with GHASH.
import { asBytes, type Bytes, concat, EMPTY, equalBytes } from "../bytes.ts";
import { LegacyDecryptionError, TamperedObjectError, UnsupportedFormatError } from "../errors.ts";
import { collectBody } from "./collect-body.ts";
import { Ghash } from "./ghash.ts";
import type { GcmDecryptor, GcmEncryptor, GcmParameters, Platform, Transform } from "./platform.ts";
import { readWebStream } from "./read-web-stream.ts";

const BLOCK = 16;
const ZERO_BLOCK: Bytes = new Uint8Array(BLOCK);

export const platform: Platform = {
  gcmEncryptor: (parameters, mode) =>
    mode === "whole" ? wholeEncryptor(parameters) : streamedEncryptor(parameters),
  gcmDecryptor: (parameters, mode) =>
    mode === "whole" ? wholeDecryptor(parameters) : streamedDecryptor(parameters),
  ctrDecryptor: (key, counterBlock) => new CtrStream(key, counterBlock),
  cbcDecryptor: (key, iv, padded) => new CbcStream(key, iv, padded),
  rawRsaDecrypt: () => Promise.resolve(null),
  toBody: toWebBody,
  crc32: null,
  toRequestStream: toWebStream,
};

function wholeEncryptor({ key, nonce, additionalData }: GcmParameters): GcmEncryptor {
  const chunks: Uint8Array[] = [];
  const imported = importAes(key, "AES-GCM", "encrypt");
  return {
    update: (chunk) => {
      chunks.push(chunk);
      return EMPTY;
    },
    final: async () =>
      new Uint8Array(
        await crypto.subtle.encrypt(
          { name: "AES-GCM", iv: nonce, additionalData },
          await imported,
          joined(chunks),
        ),
      ),
  };
}

function wholeDecryptor({ key, nonce, additionalData }: GcmParameters): GcmDecryptor {
  const chunks: Uint8Array[] = [];
  const imported = importAes(key, "AES-GCM", "decrypt");
  return {
    update: (chunk) => {
      chunks.push(chunk);
      return EMPTY;
    },
    final: async (tag) => {
      const cryptoKey = await imported;
      try {
        const sealed = joined([...chunks, tag]);
        return new Uint8Array(
          await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce, additionalData }, cryptoKey, sealed),
        );
      } catch {
        throw new TamperedObjectError();
      }
    },
  };
}

function joined(chunks: readonly Uint8Array[]): Bytes {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? asBytes(only) : concat(chunks);
}

function streamedEncryptor(parameters: GcmParameters): GcmEncryptor {
  const gcm = new GcmStream(parameters);
  return {
    update: async (chunk) => {
      const ciphertext = await gcm.crypt(chunk);
      await gcm.hash(ciphertext);
      return ciphertext;
    },
    final: () => gcm.tag(),
  };
}

function streamedDecryptor(parameters: GcmParameters): GcmDecryptor {
  const gcm = new GcmStream(parameters);
  return {
    update: async (chunk) => {
      await gcm.hash(chunk);
      return gcm.crypt(chunk);
    },
    final: async (tag) => {
      if (!equalBytes(await gcm.tag(), tag)) throw new TamperedObjectError();
      return EMPTY;
    },
  };
}

/** AES-GCM in pieces: the counter starts at 2 for content, block 1 masks the tag (SP 800-38D §7). */
class GcmStream {
  readonly #parameters: GcmParameters;
  readonly #content: CtrStream;
  readonly #mask: CtrStream;
  readonly #ghash: Promise<Ghash>;
  #bytes = 0;

  constructor(parameters: GcmParameters) {
    this.#parameters = parameters;
    this.#content = new CtrStream(parameters.key, counterBlock(parameters.nonce, 2));
    this.#mask = new CtrStream(parameters.key, counterBlock(parameters.nonce, 1));
    this.#ghash = this.#createGhash();
  }

  crypt(chunk: Uint8Array): Promise<Bytes> {
    return this.#content.update(chunk);
  }

  async hash(ciphertext: Uint8Array): Promise<void> {
    (await this.#ghash).update(ciphertext);
    this.#bytes += ciphertext.length;
  }

  async tag(): Promise<Bytes> {
    const sum = (await this.#ghash).digest(this.#parameters.additionalData.length, this.#bytes);
    return this.#mask.update(sum);
  }

  async #createGhash(): Promise<Ghash> {
    // One block of AES is what CBC with a zero IV makes of a zero block.
    const key = await importAes(this.#parameters.key, "AES-CBC", "encrypt");
    const block = await crypto.subtle.encrypt({ name: "AES-CBC", iv: ZERO_BLOCK }, key, ZERO_BLOCK);
    const ghash = new Ghash(new Uint8Array(block, 0, BLOCK));
    ghash.update(this.#parameters.additionalData);
    ghash.pad();
    return ghash;
  }
}

function counterBlock(nonce: Bytes, count: number): Bytes {
  const block = new Uint8Array(BLOCK);
  block.set(nonce);
  block[BLOCK - 1] = count;
  return block;
}

/** AES-CTR in pieces of any size: what is left of a block of key stream is used up first. */
class CtrStream implements Transform {
  readonly #key: Promise<CryptoKey>;
  readonly #counter: DataView<ArrayBuffer>;
  /** Bytes of the current block that are used already. */
  #used = 0;

  constructor(key: Bytes, firstBlock: Bytes) {
    this.#key = importAes(key, "AES-CTR", "encrypt");
    this.#counter = new DataView(firstBlock.slice().buffer);
  }

  async update(chunk: Uint8Array): Promise<Bytes> {
    if (chunk.length === 0) return EMPTY;
    const skipped = this.#used;
    const input = skipped === 0 ? asBytes(chunk) : concat([new Uint8Array(skipped), chunk]);
    const counter = new Uint8Array(this.#counter.buffer.slice(0));
    const output = await crypto.subtle.encrypt(
      { name: "AES-CTR", counter, length: 32 },
      await this.#key,
      input,
    );
    this.#counter.setUint32(12, this.#counter.getUint32(12) + Math.floor(input.length / BLOCK));
    this.#used = input.length % BLOCK;
    return new Uint8Array(output, skipped);
  }

  final(): Bytes {
    return EMPTY;
  }
}

/** AES-CBC in pieces. WebCrypto insists on padding, so each piece but the last gets a block that decrypts to one. */
class CbcStream implements Transform {
  readonly #padded: boolean;
  readonly #keys: Promise<readonly [CryptoKey, CryptoKey]>;
  #iv: Bytes;
  #pending: Bytes = EMPTY;

  constructor(key: Bytes, iv: Bytes, padded: boolean) {
    this.#padded = padded;
    this.#keys = Promise.all([importAes(key, "AES-CBC", "decrypt"), importAes(key, "AES-CBC", "encrypt")]);
    this.#iv = iv;
  }

  async update(chunk: Uint8Array): Promise<Bytes> {
    const input = concat([this.#pending, chunk]);
    // The last block may hold the padding, and is known to be the last only at the end.
    const kept = this.#padded ? ((input.length + BLOCK - 1) % BLOCK) + 1 : input.length % BLOCK;
    const ready = input.length === 0 ? 0 : input.length - kept;
    this.#pending = input.slice(ready);
    return ready === 0 ? EMPTY : this.#decryptBlocks(input.subarray(0, ready));
  }

  async final(): Promise<Bytes> {
    if (!this.#padded && this.#pending.length === 0) return EMPTY;
    const [key] = await this.#keys;
    try {
      return new Uint8Array(
        await crypto.subtle.decrypt({ name: "AES-CBC", iv: this.#iv }, key, this.#pending),
      );
    } catch {
      throw new LegacyDecryptionError();
    }
  }

  async #decryptBlocks(blocks: Bytes): Promise<Bytes> {
    const [decryptKey, encryptKey] = await this.#keys;
    const last = blocks.slice(-BLOCK);
    const padding = await crypto.subtle.encrypt({ name: "AES-CBC", iv: last }, encryptKey, EMPTY);
    const sealed = concat([blocks, new Uint8Array(padding)]);
    const plaintext = await crypto.subtle.decrypt({ name: "AES-CBC", iv: this.#iv }, decryptKey, sealed);
    this.#iv = last;
    return new Uint8Array(plaintext);
  }
}

function importAes(
  key: Bytes,
  name: "AES-GCM" | "AES-CTR" | "AES-CBC",
  usage: "encrypt" | "decrypt",
): Promise<CryptoKey> {
  const imported = crypto.subtle.importKey("raw", key, name, false, [usage]).catch(() => {
    // Chromium has no AES-192.
    throw new UnsupportedFormatError(`This browser has no AES with keys of ${key.length} bytes`);
  });
  // Whoever needs the key gets the error; until then it is nobody's.
  imported.catch(() => undefined);
  return imported;
}

function toWebStream(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

function toWebBody(chunks: AsyncIterable<Uint8Array>): object {
  const stream = toWebStream(chunks);
  const collect = (): Promise<Bytes> => collectBody(readWebStream(stream));
  return Object.assign(stream, {
    transformToByteArray: collect,
    transformToString: async (encoding?: string) => new TextDecoder(encoding).decode(await collect()),
    transformToWebStream: () => stream,
  });
}
