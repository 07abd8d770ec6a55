import type { Clock } from "@strongroom/base";
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose";
import { DocumentUnavailableError, type FetchDocument } from "./fetch-document.ts";

/** How long a provider's configuration is believed; its keys are renewed sooner and on an unknown key id. */
const CONFIGURATION_MAX_AGE_MS = 3_600_000;
const KEYS_MAX_AGE_MS = 600_000;
/** An unknown key id makes us fetch again, but not more often than this. */
const KEYS_PAUSE_MS = 30_000;
const CAPACITY = 1_000;

interface KnownProvider {
  readonly readMs: number;
  readonly keys: JWTVerifyGetKey;
}

/** Signing keys of identity providers, found by OpenID Connect Discovery 1.0 §4 and kept for a while. */
export class ProviderKeys {
  readonly #fetchDocument: FetchDocument;
  readonly #clock: Clock;
  readonly #providers = new Map<string, Promise<KnownProvider>>();

  constructor(fetchDocument: FetchDocument, clock: Clock) {
    this.#fetchDocument = fetchDocument;
    this.#clock = clock;
  }

  /** `issuer` is the token's `iss`, of a provider that was registered. Rejects with DocumentUnavailableError. */
  async keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    const pending = this.#providers.get(issuer);
    if (pending !== undefined) {
      const { readMs, keys } = await pending;
      if (Math.abs(this.#clock.nowMs() - readMs) < CONFIGURATION_MAX_AGE_MS) return keys;
      // Whoever waited with us may have begun already.
      const newer = this.#providers.get(issuer);
      if (newer !== undefined && newer !== pending) return (await newer).keys;
    }
    if (this.#providers.size >= CAPACITY) this.#providers.clear();
    const discovered = this.#discover(issuer);
    this.#providers.set(issuer, discovered);
    try {
      return (await discovered).keys;
    } catch (error) {
      if (this.#providers.get(issuer) === discovered) this.#providers.delete(issuer);
      throw error;
    }
  }

  async #discover(issuer: string): Promise<KnownProvider> {
    const text = await this.#fetchDocument(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
    const keysUrl = readConfiguration(text, issuer);
    const fetchDocument = this.#fetchDocument;
    const keys = createRemoteJWKSet(keysUrl, {
      cacheMaxAge: KEYS_MAX_AGE_MS,
      cooldownDuration: KEYS_PAUSE_MS,
      [customFetch]: async (url) => new Response(await fetchDocument(url)),
    });
    return { readMs: this.#clock.nowMs(), keys };
  }
}

/** The URL of the keys. The document must be that of this very issuer (Discovery 1.0 §4.3). */
function readConfiguration(text: string, issuer: string): URL {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new DocumentUnavailableError(`the configuration of ${issuer} is no JSON`);
  }
  const fields = typeof parsed === "object" && parsed !== null ? parsed : {};
  const named: unknown = Reflect.get(fields, "issuer");
  const keysUrl: unknown = Reflect.get(fields, "jwks_uri");
  if (named !== issuer)
    throw new DocumentUnavailableError(`the configuration of ${issuer} names another issuer`);
  if (typeof keysUrl !== "string" || !URL.canParse(keysUrl) || !keysUrl.startsWith("https://"))
    throw new DocumentUnavailableError(`the configuration of ${issuer} names no keys`);
  return new URL(keysUrl);
}
