// Node.js: OpenSSL through node:crypto, which streams and is several times faster than WebCrypto.
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type Decipheriv,
  KeyObject,
  privateDecrypt,
} from "node:crypto";
import { Readable } from "node:stream";
import * as zlib from "node:zlib";
import { asBytes, type Bytes, concat } from "../bytes.ts";
import { LegacyDecryptionError, TamperedObjectError } from "../errors.ts";
import { collectBody } from "./collect-body.ts";
import type {
  GcmDecryptor,
  GcmEncryptor,
  GcmParameters,
  Platform,
  RawRsaDecrypt,
  Transform,
} from "./platform.ts";

const TAG_BYTES = 16;
export const platform: Platform = {
  gcmEncryptor: createGcmEncryptor,
  gcmDecryptor: createGcmDecryptor,
  ctrDecryptor: (key, counterBlock) =>
    fromDecipher(createDecipheriv(`aes-${key.length * 8}-ctr`, createSecretKey(key), counterBlock)),
  cbcDecryptor: (key, iv, padded) =>
    fromDecipher(
      createDecipheriv(`aes-${key.length * 8}-cbc`, createSecretKey(key), iv).setAutoPadding(padded),
    ),
  rawRsaDecrypt: (privateKey) => Promise.resolve(createRawRsaDecrypt(privateKey)),
  toBody: toNodeBody,
  // Node.js has it since 20.15.
  crc32: typeof zlib.crc32 === "function" ? (bytes, previous) => zlib.crc32(bytes, previous) : null,
  toRequestStream: (chunks) => Readable.from(chunks, { objectMode: false }),
};

function createGcmEncryptor({ key, nonce, additionalData }: GcmParameters): GcmEncryptor {
  const cipher = createCipheriv(gcmName(key), createSecretKey(key), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData);
  return {
    update: (chunk) => cipher.update(chunk),
    final: () => concat([cipher.final(), cipher.getAuthTag()]),
  };
}

function createGcmDecryptor({ key, nonce, additionalData }: GcmParameters): GcmDecryptor {
  const decipher = createDecipheriv(gcmName(key), createSecretKey(key), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData);
  return {
    update: (chunk) => decipher.update(chunk),
    final: (tag) => {
      try {
        decipher.setAuthTag(tag);
        return decipher.final();
      } catch {
        throw new TamperedObjectError();
      }
    },
  };
}

function gcmName(key: Bytes): "aes-128-gcm" | "aes-192-gcm" | "aes-256-gcm" {
  if (key.length === 16) return "aes-128-gcm";
  return key.length === 24 ? "aes-192-gcm" : "aes-256-gcm";
}

function fromDecipher(decipher: Decipheriv): Transform {
  return {
    update: (chunk) => decipher.update(chunk),
    final: () => {
      try {
        return decipher.final();
      } catch {
        throw new LegacyDecryptionError();
      }
    },
  };
}

function createRawRsaDecrypt(privateKey: CryptoKey): RawRsaDecrypt {
  const key = KeyObject.from(privateKey);
  return (ciphertext) => asBytes(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, ciphertext));
}

/** A Readable with the SDK's methods. */
function toNodeBody(chunks: AsyncIterable<Uint8Array>): object {
  const stream = Readable.from(chunks, { objectMode: false });
  return Object.assign(stream, {
    transformToByteArray: () => collectBody(stream),
    transformToString: async (encoding?: string) => {
      const bytes = await collectBody(stream);
      if (encoding !== undefined && Buffer.isEncoding(encoding)) return Buffer.from(bytes).toString(encoding);
      return new TextDecoder(encoding).decode(bytes);
    },
    transformToWebStream: () => Readable.toWeb(stream),
  });
}
