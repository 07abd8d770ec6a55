import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import type { SecretBytes } from "@strongroom/base";
import type { CredentialScope } from "./request-signature.ts";
import { printScope, SCOPE_TERMINAL } from "./string-to-sign.ts";

/** Dates, regions and services that one opened secret is used for. */
const SCOPES_PER_SECRET = 16;

/** Derives SigV4 signing keys and keeps the `capacity` most recently used; they live outside the JavaScript heap. */
export class SigningKeys {
  readonly #capacity: number;
  readonly #keys = new Map<string, KeyObject>();
  /** By the very object that holds the secret: a source that keeps it open spares its digest for each request. */
  readonly #bySecret = new WeakMap<SecretBytes, Map<string, KeyObject>>();

  constructor(capacity = 1024) {
    this.#capacity = capacity;
  }

  /** `secretAccessKey` holds the secret's text as UTF-8; a changed secret never meets an old key. */
  signingKey(accessKeyId: string, secretAccessKey: SecretBytes, scope: CredentialScope): KeyObject {
    const scopeText = printScope(scope);
    let ofSecret = this.#bySecret.get(secretAccessKey);
    if (ofSecret === undefined || ofSecret.size >= SCOPES_PER_SECRET) {
      ofSecret = new Map();
      this.#bySecret.set(secretAccessKey, ofSecret);
    }
    const known = ofSecret.get(scopeText);
    if (known !== undefined) return known;
    const signingKey = this.#recentKey(accessKeyId, secretAccessKey, scope);
    ofSecret.set(scopeText, signingKey);
    return signingKey;
  }

  #recentKey(accessKeyId: string, secretAccessKey: SecretBytes, scope: CredentialScope): KeyObject {
    const secretDigest = hash("sha256", secretAccessKey.expose(), "base64");
    const cacheKey = JSON.stringify([accessKeyId, secretDigest, scope.date, scope.region, scope.service]);
    const known = this.#keys.get(cacheKey);
    const signingKey = known ?? deriveSigningKey(secretAccessKey, scope);
    // A Map iterates in insertion order: the entry moves to the young end.
    if (known !== undefined) this.#keys.delete(cacheKey);
    this.#keys.set(cacheKey, signingKey);
    if (this.#keys.size > this.#capacity) {
      const [oldest] = this.#keys.keys();
      if (oldest !== undefined) this.#keys.delete(oldest);
    }
    return signingKey;
  }
}

/** HMAC chain of date, region, service and terminal from `AWS4` ‖ secret (SigV4, "Calculate the signature"). */
export function deriveSigningKey(secretAccessKey: SecretBytes, scope: CredentialScope): KeyObject {
  const seed = Buffer.concat([Buffer.from("AWS4"), secretAccessKey.expose()]);
  let key = createSecretKey(seed);
  seed.fill(0);
  for (const part of [scope.date, scope.region, scope.service, SCOPE_TERMINAL]) {
    const derived = createHmac("sha256", key).update(part).digest();
    key = createSecretKey(derived);
    derived.fill(0);
  }
  return key;
}
