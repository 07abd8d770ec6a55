import type { KeyObject } from "node:crypto";
import type { Clock, SecretBytes } from "@strongroom/base";
import { type DataKeyEncrypter, HeldKeyring, type Keyring } from "@strongroom/envelope";
import { StoreError } from "../store-error.ts";
import { type BucketKey, BucketKeys } from "./bucket-keys.ts";
import { beginUnderCustomerKey, resumeUnderCustomerKey } from "./customer-key.ts";
import type { EncryptionPlan, ObjectEncryption } from "./encryption.ts";
import { keyServiceContext } from "./key-context.ts";
import type { KeyService } from "./key-service.ts";
import type { KeyRequester, RequestKeys } from "./request-keys.ts";

export interface ObjectPlace {
  readonly bucket: string;
  readonly objectKey: string;
}

/** Wraps data keys, its own and others'. */
export type WrappingKeyring = Keyring & DataKeyEncrypter;

/** Wraps under versioned master keys, the newest it knows of. */
export interface MasterWrappingKeyring extends WrappingKeyring {
  /** From now on it wraps under this version or a later one. */
  reach(version: number): Promise<void>;
}

/** What an object's data keys are wrapped with, for as long as one request works on it. */
export interface ObjectKeyrings extends Disposable {
  /** Wraps the data key of the (inner) layer. */
  readonly inner: WrappingKeyring;
  /** Wraps that of the outer layer; null where there is one layer. */
  readonly outer: WrappingKeyring | null;
}

export interface EncryptorOptions {
  /** Of SSE-S3, and of the outer layer of DSSE-KMS. */
  readonly masterKeyring: MasterWrappingKeyring;
  /** null: schemes that need one are refused. */
  readonly keyService: KeyService | null;
  readonly clock: Clock;
}

/** Turns plans into keys, and records back into keys: docs/format/object-encryption.md. */
export class Encryptor {
  readonly #masterKeyring: MasterWrappingKeyring;
  readonly #service: KeyService | null;
  readonly #bucketKeys: BucketKeys | null;

  constructor({ masterKeyring, keyService, clock }: EncryptorOptions) {
    this.#masterKeyring = masterKeyring;
    this.#service = keyService;
    this.#bucketKeys = keyService === null ? null : new BucketKeys(keyService, clock);
  }

  /**
   * Makes the keys for a new object or upload. Throws what the key service answers, before a byte is read.
   * `keys` must hold what the plan needs: the API layer requires it of its requests.
   */
  async begin(
    plan: EncryptionPlan,
    keys: RequestKeys,
    place: ObjectPlace,
  ): Promise<{ readonly encryption: ObjectEncryption; readonly keyrings: ObjectKeyrings }> {
    switch (plan.scheme) {
      case "sse-s3":
        return { encryption: plan, keyrings: this.#masterKeyrings() };
      case "sse-c": {
        const { encryption, keyEncryptionKey } = beginUnderCustomerKey(requireCustomerKey(keys));
        return { encryption, keyrings: held(keyEncryptionKey, null) };
      }
      case "sse-kms": {
        const { context, bucketKey, keyId } = plan;
        const request = {
          requester: requireRequester(keys),
          keyId,
          context: keyServiceContext(context, place, bucketKey),
        };
        const told = ({ keyArn, wrappedKey }: Pick<BucketKey, "keyArn" | "wrappedKey">) =>
          ({ scheme: "sse-kms", keyArn, context, bucketKey, wrappedKey }) as const;
        if (bucketKey) {
          const made = await this.#requireBucketKeys().forSealing(request);
          return { encryption: told(made), keyrings: held(made.key, null) };
        }
        const made = await this.#requireService().generateDataKey(request);
        return { encryption: told(made), keyrings: held(made.plaintext, null) };
      }
      case "dsse-kms": {
        const { context, keyId } = plan;
        const made = await this.#requireService().generateDataKey({
          requester: requireRequester(keys),
          keyId,
          context: keyServiceContext(context, place, false),
        });
        const { keyArn, wrappedKey } = made;
        const encryption = { scheme: "dsse-kms", keyArn, context, wrappedKey } as const;
        return { encryption, keyrings: held(made.plaintext, this.#masterKeyring) };
      }
    }
  }

  /** The keys of an object or upload again. Throws what the key service answers, and what `requireReadKeys` throws. */
  async resume(encryption: ObjectEncryption, keys: RequestKeys, place: ObjectPlace): Promise<ObjectKeyrings> {
    requireNoStrayKey(encryption, keys);
    switch (encryption.scheme) {
      case "sse-s3":
        return this.#masterKeyrings();
      case "sse-c":
        return held(resumeUnderCustomerKey(encryption, requireCustomerKey(keys)), null);
      case "sse-kms":
      case "dsse-kms": {
        const usesBucketKey = encryption.scheme === "sse-kms" && encryption.bucketKey;
        const request = {
          requester: requireRequester(keys),
          keyArn: encryption.keyArn,
          context: keyServiceContext(encryption.context, place, usesBucketKey),
          wrappedKey: encryption.wrappedKey,
        };
        const key = usesBucketKey
          ? await this.#requireBucketKeys().forOpening(request)
          : await this.#requireService().decrypt(request);
        return held(key, encryption.scheme === "dsse-kms" ? this.#masterKeyring : null);
      }
    }
  }

  /** From now on master keys of this version or later ones wrap: for `requireAboveFloor` and its like. */
  reachMasterKey(version: number): Promise<void> {
    return this.#masterKeyring.reach(version);
  }

  #masterKeyrings(): ObjectKeyrings {
    return { inner: this.#masterKeyring, outer: null, [Symbol.dispose]() {} };
  }

  #requireService(): KeyService {
    if (this.#service === null) throw noKeyService();
    return this.#service;
  }

  #requireBucketKeys(): BucketKeys {
    if (this.#bucketKeys === null) throw noKeyService();
    return this.#bucketKeys;
  }
}

/**
 * Whether a request brings the keys that reading needs, and none that it does not: judged from the record alone, so
 * that a HEAD can. Throws CustomerKeyRequired, CustomerKeyNotApplicable or WrongCustomerKey.
 */
export function requireReadKeys(encryption: ObjectEncryption, keys: RequestKeys): void {
  requireNoStrayKey(encryption, keys);
  if (encryption.scheme !== "sse-c") return;
  resumeUnderCustomerKey(encryption, requireCustomerKey(keys)).wipe();
}

function requireNoStrayKey(encryption: ObjectEncryption, keys: RequestKeys): void {
  if (encryption.scheme === "sse-c" || keys.customerKey === null) return;
  throw new StoreError("CustomerKeyNotApplicable", "invalid", "The object is not under a customer's key.");
}

function requireCustomerKey(keys: RequestKeys) {
  if (keys.customerKey !== null) return keys.customerKey;
  throw new StoreError(
    "CustomerKeyRequired",
    "invalid",
    "The object is under a customer's key; none was sent.",
  );
}

function requireRequester(keys: RequestKeys): KeyRequester {
  if (keys.requester !== null) return keys.requester;
  throw new StoreError("InternalError", "bug", "The key service was to be asked in nobody's name.");
}

function noKeyService(): StoreError {
  return new StoreError("InternalError", "bug", "There is no key service to ask.");
}

function held(keyEncryptionKey: SecretBytes | KeyObject, outer: WrappingKeyring | null): ObjectKeyrings {
  const inner = new HeldKeyring(keyEncryptionKey);
  return { inner, outer, [Symbol.dispose]: () => inner[Symbol.dispose]() };
}
