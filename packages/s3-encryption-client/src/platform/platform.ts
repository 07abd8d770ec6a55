import type { Bytes } from "../bytes.ts";

/**
 * `whole`: nothing is released before the end, so that an implementation may hold everything until then.
 * `streamed`: what comes in goes out, and memory stays bounded.
 */
export type CipherMode = "whole" | "streamed";

/** Key and parameters of one AES-GCM run. The key is used up: whoever made it wipes it afterwards. */
export interface GcmParameters {
  readonly key: Bytes;
  readonly nonce: Bytes;
  readonly additionalData: Bytes;
}

/** Bytes in, bytes out, in order; each call is awaited before the next. */
export interface Transform {
  update(chunk: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** What is left. */
  final(): Uint8Array | Promise<Uint8Array>;
}

/** AES-GCM: `final` gives what is left with the 16 bytes of tag after it. */
export type GcmEncryptor = Transform;

export interface GcmDecryptor {
  update(ciphertext: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** What is left, once the tag is verified. Throws TamperedObjectError. */
  final(tag: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** The private half of an RSA key, without padding: c^d mod n, as long as the modulus. */
export type RawRsaDecrypt = (ciphertext: Bytes) => Bytes;

/** CRC-32 of the bytes after those that gave `previous`, which is 0 at the start. Unsigned. */
export type Crc32 = (bytes: Uint8Array, previous: number) => number;

/** What differs between Node.js and browsers. `#platform` resolves to one of two implementations. */
export interface Platform {
  gcmEncryptor(parameters: GcmParameters, mode: CipherMode): GcmEncryptor;
  gcmDecryptor(parameters: GcmParameters, mode: CipherMode): GcmDecryptor;
  /** AES-CTR from a whole counter block on. The last 32 bits count. */
  ctrDecryptor(key: Bytes, counterBlock: Bytes): Transform;
  /** AES-CBC. With `padded`, PKCS#7 padding ends it; without, the input is whole blocks. Throws LegacyDecryptionError. */
  cbcDecryptor(key: Bytes, iv: Bytes, padded: boolean): Transform;
  /** Null where the platform has no RSA without padding, which the legacy RSA wrappings need. */
  rawRsaDecrypt(privateKey: CryptoKey): Promise<RawRsaDecrypt | null>;
  /** A body such as the SDK returns one: a stream of the platform with `transformTo…` methods. */
  toBody(chunks: AsyncIterable<Uint8Array>): object;
  /** Null where none is built in, or where requests cannot be streamed. */
  readonly crc32: Crc32 | null;
  /** A body for a request: the SDK of the platform sends it as a stream. */
  toRequestStream(chunks: AsyncIterable<Uint8Array>): object;
}
