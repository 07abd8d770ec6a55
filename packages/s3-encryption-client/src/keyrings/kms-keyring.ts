import { asBytes, type Bytes } from "../bytes.ts";
import {
  ConfigurationError,
  EncryptionContextMismatchError,
  KeyServiceError,
  LegacyDisabledError,
  UsageError,
  WrongKeyError,
} from "../errors.ts";
import { equalTextMaps, type TextMap } from "../format/metadata-text.ts";
import {
  DATA_KEY_BYTES,
  type DecryptDataKeyRequest,
  type DecryptedDataKey,
  type DecryptionKeyring,
  type EncryptionKeyring,
  type GenerateDataKeyRequest,
  type GeneratedDataKey,
} from "./keyring.ts";

/** The part of a key service that is used: an instance of `KMS` of `@aws-sdk/client-kms` fits. */
export interface KeyManagementService {
  generateDataKey(input: {
    KeyId: string;
    KeySpec: "AES_256";
    EncryptionContext: Record<string, string>;
    GrantTokens?: string[];
  }): Promise<{ Plaintext?: Uint8Array | undefined; CiphertextBlob?: Uint8Array | undefined }>;
  encrypt(input: {
    KeyId: string;
    Plaintext: Uint8Array;
    EncryptionContext: Record<string, string>;
    GrantTokens?: string[];
  }): Promise<{ CiphertextBlob?: Uint8Array | undefined }>;
  decrypt(input: {
    KeyId?: string;
    CiphertextBlob: Uint8Array;
    EncryptionContext: Record<string, string>;
    GrantTokens?: string[];
  }): Promise<{ Plaintext?: Uint8Array | undefined }>;
}

export interface KmsDiscoveryKeyringOptions {
  readonly kms: KeyManagementService;
  readonly grantTokens?: readonly string[];
  /** Read objects whose wrapping is `kms`, which binds no content algorithm (old clients; mail that SES stores). Default false. */
  readonly enableLegacyWrappingAlgorithms?: boolean;
}

export interface KmsKeyringOptions extends KmsDiscoveryKeyringOptions {
  /** Key id, key ARN, alias name or alias ARN. Reading is pinned to it as well. */
  readonly keyId: string;
}

/** Added by every writer under `kms+context`, and checked by every careful reader. */
const CONTENT_ALGORITHM_NAME = "aws:x-amz-cek-alg";
/** Added by the old `kms` wrapping. */
const LEGACY_KEY_ID_NAME = "kms_cmk_id";
/** Errors of a KMS that say "this blob, this key and this context do not belong together". */
const WRONG_KEY_ERRORS: ReadonlySet<string> = new Set([
  "InvalidCiphertextException",
  "IncorrectKeyException",
  "InvalidKeyUsageException",
]);

/** Reads what any key of the service wrapped: no key id is sent, and the key's own policy decides. */
export class KmsDiscoveryKeyring implements DecryptionKeyring {
  readonly #options: KmsDiscoveryKeyringOptions;
  readonly #keyId: string | undefined;

  constructor(options: KmsDiscoveryKeyringOptions, keyId?: string) {
    if (typeof options.kms?.decrypt !== "function" || typeof options.kms.generateDataKey !== "function")
      throw new ConfigurationError(
        "kms must have the methods of a KMS: pass `new KMS(…)` of @aws-sdk/client-kms",
      );
    this.#options = options;
    this.#keyId = keyId;
  }

  async decryptDataKey(request: DecryptDataKeyRequest): Promise<DecryptedDataKey | null> {
    const { wrappingAlgorithm } = request;
    if (wrappingAlgorithm !== "kms+context" && wrappingAlgorithm !== "kms") return null;
    if (wrappingAlgorithm === "kms" && this.#options.enableLegacyWrappingAlgorithms !== true)
      throw new LegacyDisabledError(
        "Enable legacy wrapping algorithms to use legacy key wrapping algorithm: kms",
      );
    requireContext(request);
    const { Plaintext } = await callKms(() =>
      this.#options.kms.decrypt({
        ...(this.#keyId === undefined ? {} : { KeyId: this.#keyId }),
        CiphertextBlob: request.encryptedDataKey,
        EncryptionContext: { ...request.storedContext },
        ...grants(this.#options),
      }),
    );
    return { dataKey: requireBytes(Plaintext) };
  }
}

/** One key of a KMS, for both directions; each object's context is bound to its data key and checked on reading. */
export class KmsKeyring implements EncryptionKeyring, DecryptionKeyring {
  readonly #options: KmsKeyringOptions;
  readonly #reader: KmsDiscoveryKeyring;

  constructor(options: KmsKeyringOptions) {
    if (typeof options.keyId !== "string" || options.keyId === "")
      throw new ConfigurationError(
        "keyId must name a KMS key; to read with any key, use KmsDiscoveryKeyring",
      );
    this.#reader = new KmsDiscoveryKeyring(options, options.keyId);
    this.#options = options;
  }

  async generateDataKey(request: GenerateDataKeyRequest): Promise<GeneratedDataKey> {
    if (Object.hasOwn(request.encryptionContext, CONTENT_ALGORITHM_NAME))
      throw new UsageError(`The encryption context may not have the reserved name ${CONTENT_ALGORITHM_NAME}`);
    const storedContext = {
      ...request.encryptionContext,
      [CONTENT_ALGORITHM_NAME]: request.contentAlgorithm,
    };
    const wrapped = await this.#wrap(request.dataKey, storedContext);
    return { ...wrapped, wrappingAlgorithm: "kms+context", storedContext };
  }

  decryptDataKey(request: DecryptDataKeyRequest): Promise<DecryptedDataKey | null> {
    return this.#reader.decryptDataKey(request);
  }

  async #wrap(
    dataKey: Bytes | undefined,
    context: TextMap,
  ): Promise<{ readonly dataKey: Bytes; readonly encryptedDataKey: Bytes }> {
    const { kms, keyId: KeyId } = this.#options;
    const common = { KeyId, EncryptionContext: { ...context }, ...grants(this.#options) };
    if (dataKey !== undefined) {
      const { CiphertextBlob } = await callKms(() => kms.encrypt({ ...common, Plaintext: dataKey }));
      return { dataKey: dataKey.slice(), encryptedDataKey: requireBytes(CiphertextBlob) };
    }
    const { Plaintext, CiphertextBlob } = await callKms(() =>
      kms.generateDataKey({ ...common, KeySpec: "AES_256" }),
    );
    const generated = requireBytes(Plaintext);
    if (generated.length !== DATA_KEY_BYTES)
      throw new KeyServiceError("The key service gave no 32-byte data key");
    return { dataKey: generated, encryptedDataKey: requireBytes(CiphertextBlob) };
  }
}

/**
 * Under `kms+context` the caller has to know the context, no more and no less. The `kms` wrapping knows no context of
 * the caller's: one that is given must still be the stored one.
 */
function requireContext({
  wrappingAlgorithm,
  storedContext,
  contentAlgorithm,
  ...request
}: DecryptDataKeyRequest): void {
  const { [CONTENT_ALGORITHM_NAME]: boundAlgorithm, [LEGACY_KEY_ID_NAME]: _, ...callersOwn } = storedContext;
  const isGiven = Object.keys(request.encryptionContext).length > 0;
  if (wrappingAlgorithm === "kms" && !isGiven) return;
  if (!equalTextMaps(callersOwn, request.encryptionContext)) throw new EncryptionContextMismatchError();
  if (wrappingAlgorithm === "kms+context" && boundAlgorithm !== contentAlgorithm)
    throw new EncryptionContextMismatchError();
}

async function callKms<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Error && WRONG_KEY_ERRORS.has(error.name)) throw new WrongKeyError(error);
    throw new KeyServiceError("The key service refused or failed", error);
  }
}

function requireBytes(bytes: Uint8Array | undefined): Bytes {
  if (bytes === undefined || bytes.length === 0)
    throw new KeyServiceError("The key service's answer has no key in it");
  return asBytes(bytes);
}

function grants({ grantTokens }: KmsDiscoveryKeyringOptions): { GrantTokens?: string[] } {
  return grantTokens === undefined ? {} : { GrantTokens: [...grantTokens] };
}
