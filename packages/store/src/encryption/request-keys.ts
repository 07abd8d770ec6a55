import type { SecretBytes } from "@strongroom/base";

/** In whose name the key service is asked: opaque to the engine, made and understood outside it. */
export interface KeyRequester {
  /** Distinct for distinct callers: keys of a bucket are not shared between them. */
  readonly name: string;
}

/** A customer's key, as a request brought it: 32 bytes, owned and wiped by whoever read the request. */
export type CustomerKey = SecretBytes;

/** What a request brings for keys that are not the server's own. Lives as long as the request. */
export interface RequestKeys {
  readonly requester: KeyRequester | null;
  /** null: none was sent. */
  readonly customerKey: CustomerKey | null;
}

/** For work that the server does in its own name, and for what needs no key. */
export const NO_KEYS: RequestKeys = { requester: null, customerKey: null };
