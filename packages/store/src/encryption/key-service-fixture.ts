import { randomBytes } from "node:crypto";
import { SecretBytes } from "@strongroom/base";
import type { KeyContext } from "./encryption.ts";
import { type KeyService, KeyServiceError } from "./key-service.ts";
import type { KeyRequester, RequestKeys } from "./request-keys.ts";

interface Given {
  readonly plaintext: Buffer;
  readonly keyArn: string;
  readonly context: string;
}

const arnOf = (keyId: string): string =>
  keyId.startsWith("arn:") ? keyId : `arn:aws:kms:us-east-1:111111111111:key/${keyId}`;
const print = (context: KeyContext): string => JSON.stringify(Object.entries(context).sort());

/** A key service that keeps everything in memory, for tests: it counts, refuses on demand and binds contexts. */
export class KeyServiceFixture implements KeyService {
  readonly #given = new Map<string, Given>();
  readonly calls: string[] = [];
  readonly disabled = new Set<string>();
  /** Their device does not answer. */
  readonly away = new Set<string>();
  /** Requesters that may do nothing. */
  readonly strangers = new Set<string>();
  generationCount = 0;

  async generateDataKey(request: {
    readonly requester: KeyRequester;
    readonly keyId: string;
    readonly context: KeyContext;
  }) {
    const keyArn = arnOf(request.keyId);
    this.#require(request.requester, keyArn);
    this.calls.push(`GenerateDataKey ${request.context["aws:s3:arn"] ?? ""}`);
    const plaintext = randomBytes(32);
    const wrappedKey = randomBytes(64);
    this.#given.set(wrappedKey.toString("hex"), {
      plaintext: Buffer.from(plaintext),
      keyArn,
      context: print(request.context),
    });
    return { keyArn, plaintext: new SecretBytes(plaintext), wrappedKey };
  }

  async decrypt(request: {
    readonly requester: KeyRequester;
    readonly keyArn: string;
    readonly context: KeyContext;
    readonly wrappedKey: Uint8Array;
  }): Promise<SecretBytes> {
    this.#require(request.requester, request.keyArn);
    this.calls.push(`Decrypt ${request.context["aws:s3:arn"] ?? ""}`);
    const given = this.#given.get(Buffer.from(request.wrappedKey).toString("hex"));
    if (given === undefined || given.keyArn !== request.keyArn || given.context !== print(request.context)) {
      throw new KeyServiceError("InvalidCiphertextException", "invalid", "");
    }
    return new SecretBytes(Buffer.from(given.plaintext));
  }

  /** The same key under another one. */
  async reEncrypt(wrappedKey: Uint8Array, keyId: string, context: KeyContext) {
    const given = this.#given.get(Buffer.from(wrappedKey).toString("hex"));
    if (given === undefined || given.context !== print(context)) {
      throw new KeyServiceError("InvalidCiphertextException", "integrity", "");
    }
    const keyArn = arnOf(keyId);
    this.#require({ name: "job" }, keyArn);
    this.calls.push(`ReEncrypt ${context["aws:s3:arn"] ?? ""}`);
    const anew = randomBytes(64);
    this.#given.set(anew.toString("hex"), { ...given, keyArn });
    return { keyArn, wrappedKey: anew };
  }

  async generation(): Promise<string> {
    return String(this.generationCount);
  }

  #require(requester: KeyRequester, keyArn: string): void {
    if (this.strangers.has(requester.name)) {
      throw new KeyServiceError("AccessDeniedException", "denied", "not authorized");
    }
    if (this.disabled.has(keyArn))
      throw new KeyServiceError("DisabledException", "state", `${keyArn} is disabled.`);
    if (this.away.has(keyArn)) throw new KeyServiceError("KeyUnavailableException", "unavailable", "");
  }
}

/** What a request of `name` brings, with or without a customer's key. */
export function keysOf(name: string, customerKey?: Uint8Array): RequestKeys {
  return {
    requester: { name },
    customerKey: customerKey === undefined ? null : new SecretBytes(Buffer.from(customerKey)),
  };
}
