import { platform } from "#platform";
import { asBytes, type Bytes, concat, equalBytes, utf8 } from "../bytes.ts";
import { ConfigurationError, KeyringError, LegacyDisabledError, WrongKeyError } from "../errors.ts";
import type { ContentAlgorithm } from "../format/algorithm-suites.ts";
import { equalTextMaps, type TextMap } from "../format/metadata-text.ts";
import type { WrappingAlgorithm } from "../format/wrapping-algorithms.ts";
import type { DescribedKey } from "./aes-keyring.ts";
import {
  chooseDataKey,
  type DecryptDataKeyRequest,
  type DecryptedDataKey,
  type DecryptionKeyring,
  type EncryptionKeyring,
  type GenerateDataKeyRequest,
  type GeneratedDataKey,
  isAesKeySize,
} from "./keyring.ts";
import { unpadLegacyOaep, unpadPkcs1 } from "./legacy-rsa-wraps.ts";

/** DER (SPKI for a public key, PKCS#8 for a private one), or a WebCrypto key for RSA-OAEP with SHA-1, which may be non-extractable. */
export type RsaKey = Uint8Array | CryptoKey;

export interface RsaKeyringOptions {
  /** To write with. */
  readonly publicKey?: RsaKey;
  /** To read with. */
  readonly privateKey?: RsaKey;
  /** Stored with each object, in the clear and unauthenticated, so that readers with many keys find theirs. */
  readonly materialsDescription?: TextMap;
  /** More private keys to read with, chosen by the stored description. */
  readonly additionalDecryptionKeys?: readonly DescribedKey<RsaKey>[];
  /** Read data keys under RSA PKCS#1 v1.5 and under OAEP with SHA-256. Node.js only. Default false. */
  readonly enableLegacyWrappingAlgorithms?: boolean;
}

const OAEP = { name: "RSA-OAEP", hash: "SHA-1" } as const;
const LEGACY: ReadonlySet<WrappingAlgorithm> = new Set(["RSA", "RSA/ECB/OAEPWithSHA-256AndMGF1Padding"]);

/** Wraps data keys with an RSA key pair: OAEP of the data key together with the content algorithm. */
export class RsaKeyring implements EncryptionKeyring, DecryptionKeyring {
  readonly #options: RsaKeyringOptions;
  readonly #imported = new Map<RsaKey, Promise<CryptoKey>>();

  constructor(options: RsaKeyringOptions) {
    if (options.publicKey === undefined && options.privateKey === undefined)
      throw new ConfigurationError(
        "An RSA keyring needs a public key to write, a private key to read, or both",
      );
    requireRsaKey(options.publicKey, "public");
    requireRsaKey(options.privateKey, "private");
    for (const { key } of options.additionalDecryptionKeys ?? []) requireRsaKey(key, "private");
    this.#options = options;
  }

  async generateDataKey(request: GenerateDataKeyRequest): Promise<GeneratedDataKey> {
    const { publicKey, materialsDescription } = this.#options;
    if (publicKey === undefined)
      throw new KeyringError("This RSA keyring has no public key, so it only reads");
    const imported = await this.#import(publicKey, "public");
    const dataKey = chooseDataKey(request);
    const pseudoKey = concat([Uint8Array.of(dataKey.length), dataKey, utf8(request.contentAlgorithm)]);
    const sealed = await crypto.subtle.encrypt(OAEP, imported, pseudoKey);
    pseudoKey.fill(0);
    return {
      dataKey,
      wrappingAlgorithm: "RSA-OAEP-SHA1",
      encryptedDataKey: new Uint8Array(sealed),
      storedContext: materialsDescription ?? {},
    };
  }

  async decryptDataKey(request: DecryptDataKeyRequest): Promise<DecryptedDataKey | null> {
    const { wrappingAlgorithm, encryptedDataKey, contentAlgorithm } = request;
    if (wrappingAlgorithm !== "RSA-OAEP-SHA1" && !LEGACY.has(wrappingAlgorithm)) return null;
    if (LEGACY.has(wrappingAlgorithm) && this.#options.enableLegacyWrappingAlgorithms !== true)
      throw new LegacyDisabledError(
        `Enable legacy wrapping algorithms to use legacy key wrapping algorithm: ${wrappingAlgorithm}`,
      );
    const privateKey = this.#keyFor(request.storedContext);
    if (privateKey === undefined)
      throw new KeyringError("This RSA keyring has no private key, so it only writes");
    const imported = await this.#import(privateKey, "private");
    if (wrappingAlgorithm === "RSA-OAEP-SHA1")
      return { dataKey: await unwrapOaep(imported, encryptedDataKey, contentAlgorithm) };
    const padded = await decryptRaw(imported, encryptedDataKey);
    return wrappingAlgorithm === "RSA" ? unpadPkcs1(padded) : unpadLegacyOaep(padded);
  }

  #keyFor(storedContext: TextMap): RsaKey | undefined {
    const described = this.#options.additionalDecryptionKeys?.find((each) =>
      equalTextMaps(each.materialsDescription, storedContext),
    );
    return described?.key ?? this.#options.privateKey;
  }

  #import(key: RsaKey, half: "public" | "private"): Promise<CryptoKey> {
    let imported = this.#imported.get(key);
    if (imported === undefined) {
      imported = importRsa(key, half);
      this.#imported.set(key, imported);
    }
    return imported;
  }
}

async function unwrapOaep(
  key: CryptoKey,
  wrapped: Bytes,
  contentAlgorithm: ContentAlgorithm,
): Promise<Bytes> {
  let pseudoKey: Bytes;
  try {
    pseudoKey = new Uint8Array(await crypto.subtle.decrypt(OAEP, key, wrapped));
  } catch {
    throw new WrongKeyError();
  }
  const [size = 0] = pseudoKey;
  const suffix = pseudoKey.subarray(1 + size);
  // The whole rest has to be the name of the content algorithm: that is what this wrapping is bound by.
  if (!isAesKeySize(size) || !equalBytes(suffix, utf8(contentAlgorithm))) throw new WrongKeyError();
  return pseudoKey.slice(1, 1 + size);
}

async function decryptRaw(key: CryptoKey, wrapped: Bytes): Promise<Bytes> {
  const decrypt = await platform.rawRsaDecrypt(key);
  if (decrypt === null)
    throw new KeyringError("The legacy RSA wrappings can be read in Node.js only: WebCrypto lacks them");
  try {
    return decrypt(wrapped);
  } catch {
    // The number is not below the modulus, or has another length than it: no padding was looked at.
    throw new WrongKeyError();
  }
}

async function importRsa(key: RsaKey, half: "public" | "private"): Promise<CryptoKey> {
  if (!(key instanceof Uint8Array)) return key;
  const [format, usage] =
    half === "public" ? (["spki", "encrypt"] as const) : (["pkcs8", "decrypt"] as const);
  try {
    return await crypto.subtle.importKey(format, asBytes(key), OAEP, false, [usage]);
  } catch {
    throw new ConfigurationError(
      `The RSA ${half} key is not ${half === "public" ? "an SPKI" : "a PKCS#8"} key in DER`,
    );
  }
}

function requireRsaKey(key: RsaKey | undefined, half: "public" | "private"): void {
  if (key === undefined || key instanceof Uint8Array) return;
  if (key.type !== half || key.algorithm.name !== "RSA-OAEP")
    throw new ConfigurationError(
      `An RSA ${half} key is DER bytes, or a WebCrypto key for RSA-OAEP with SHA-1`,
    );
}
