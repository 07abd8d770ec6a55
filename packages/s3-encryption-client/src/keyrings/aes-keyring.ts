import { type Bytes, concat, utf8 } from "../bytes.ts";
import { ConfigurationError, LegacyDisabledError, WrongKeyError } from "../errors.ts";
import { equalTextMaps, type TextMap } from "../format/metadata-text.ts";
import type { WrappingAlgorithm } from "../format/wrapping-algorithms.ts";
import {
  chooseDataKey,
  type DecryptDataKeyRequest,
  type DecryptedDataKey,
  type DecryptionKeyring,
  type EncryptionKeyring,
  type GenerateDataKeyRequest,
  type GeneratedDataKey,
} from "./keyring.ts";
import { unwrapAesEcb, unwrapAesKw } from "./legacy-aes-wraps.ts";

/** The bytes of an AES key (16, 24 or 32), or a WebCrypto key, which may be non-extractable, for AES-GCM. */
export type AesKey = Uint8Array | CryptoKey;

/** A key that reads objects whose stored description equals its own. */
export interface DescribedKey<Key> {
  readonly materialsDescription: TextMap;
  readonly key: Key;
}

export interface AesKeyringOptions {
  readonly key: AesKey;
  /** Stored with each object, in the clear and unauthenticated, so that readers with many keys find theirs. */
  readonly materialsDescription?: TextMap;
  /** More keys to read with, chosen by the stored description. */
  readonly additionalDecryptionKeys?: readonly DescribedKey<AesKey>[];
  /** Read data keys wrapped by `AESWrap` and by format 1's AES-ECB. They need the key's bytes. Default false. */
  readonly enableLegacyWrappingAlgorithms?: boolean;
}

const NONCE_BYTES = 12;
const LEGACY: ReadonlySet<WrappingAlgorithm> = new Set(["AESWrap", "AES"]);

/** Wraps data keys with an AES key that the application holds: AES-GCM bound to the content algorithm. */
export class AesKeyring implements EncryptionKeyring, DecryptionKeyring {
  readonly #options: AesKeyringOptions;
  readonly #gcmKeys = new Map<AesKey, Promise<CryptoKey>>();

  constructor(options: AesKeyringOptions) {
    for (const key of [options.key, ...(options.additionalDecryptionKeys ?? []).map((each) => each.key)])
      requireAesKey(key);
    this.#options = options;
  }

  async generateDataKey(request: GenerateDataKeyRequest): Promise<GeneratedDataKey> {
    const dataKey = chooseDataKey(request);
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const key = await this.#gcmKey(this.#options.key);
    const sealed = await crypto.subtle.encrypt(gcm(nonce, request.contentAlgorithm), key, dataKey);
    return {
      dataKey,
      wrappingAlgorithm: "AES/GCM",
      encryptedDataKey: concat([nonce, new Uint8Array(sealed)]),
      storedContext: this.#options.materialsDescription ?? {},
    };
  }

  async decryptDataKey(request: DecryptDataKeyRequest): Promise<DecryptedDataKey | null> {
    const { wrappingAlgorithm, encryptedDataKey } = request;
    if (wrappingAlgorithm !== "AES/GCM" && !LEGACY.has(wrappingAlgorithm)) return null;
    if (LEGACY.has(wrappingAlgorithm) && this.#options.enableLegacyWrappingAlgorithms !== true)
      throw new LegacyDisabledError(
        `Enable legacy wrapping algorithms to use legacy key wrapping algorithm: ${wrappingAlgorithm}`,
      );
    const key = this.#keyFor(request.storedContext);
    if (wrappingAlgorithm === "AESWrap") return { dataKey: await unwrapAesKw(key, encryptedDataKey) };
    if (wrappingAlgorithm === "AES") return unwrapAesEcb(key, encryptedDataKey);
    return { dataKey: await this.#unwrapGcm(key, request) };
  }

  async #unwrapGcm(
    key: AesKey,
    { encryptedDataKey, contentAlgorithm }: DecryptDataKeyRequest,
  ): Promise<Bytes> {
    const cryptoKey = await this.#gcmKey(key);
    const nonce = encryptedDataKey.slice(0, NONCE_BYTES);
    const sealed = encryptedDataKey.slice(NONCE_BYTES);
    try {
      return new Uint8Array(await crypto.subtle.decrypt(gcm(nonce, contentAlgorithm), cryptoKey, sealed));
    } catch {
      throw new WrongKeyError();
    }
  }

  #keyFor(storedContext: TextMap): AesKey {
    const described = this.#options.additionalDecryptionKeys?.find((each) =>
      equalTextMaps(each.materialsDescription, storedContext),
    );
    return described?.key ?? this.#options.key;
  }

  #gcmKey(key: AesKey): Promise<CryptoKey> {
    let imported = this.#gcmKeys.get(key);
    if (imported === undefined) {
      imported = isBytes(key)
        ? crypto.subtle.importKey("raw", key.slice(), "AES-GCM", false, ["encrypt", "decrypt"])
        : Promise.resolve(key);
      this.#gcmKeys.set(key, imported);
    }
    return imported;
  }
}

function gcm(iv: Bytes, contentAlgorithm: string): { name: "AES-GCM"; iv: Bytes; additionalData: Bytes } {
  return { name: "AES-GCM", iv, additionalData: utf8(contentAlgorithm) };
}

function isBytes(key: AesKey): key is Uint8Array {
  return key instanceof Uint8Array;
}

function requireAesKey(key: AesKey): void {
  const isRight = isBytes(key)
    ? [16, 24, 32].includes(key.length)
    : key?.type === "secret" && key.algorithm.name === "AES-GCM";
  if (!isRight)
    throw new ConfigurationError("An AES key is 16, 24 or 32 bytes, or a WebCrypto key for AES-GCM");
}
