import { type ErrorKind, type SecretBytes, ServiceError } from "@strongroom/base";
import type { KeyContext } from "./encryption.ts";
import type { KeyRequester } from "./request-keys.ts";

/**
 * The key service, as the engine needs it. Asked in the requester's own name: whoever may not use a key may not read
 * or write under it. Throws `KeyServiceError` with the service's own code.
 */
export interface KeyService {
  /** A fresh 32-byte key. The caller owns and wipes `plaintext`. */
  generateDataKey(request: {
    readonly requester: KeyRequester;
    readonly keyId: string;
    readonly context: KeyContext;
  }): Promise<{ readonly keyArn: string; readonly plaintext: SecretBytes; readonly wrappedKey: Uint8Array }>;
  /** The caller owns and wipes what comes back. */
  decrypt(request: {
    readonly requester: KeyRequester;
    readonly keyArn: string;
    readonly context: KeyContext;
    readonly wrappedKey: Uint8Array;
  }): Promise<SecretBytes>;
  /** Changes whenever a key, its policy or a grant may have changed: what was allowed before is asked again. */
  generation(): Promise<string>;
}

/** A refusal of the key service. `code` and `message` are the service's own. */
export class KeyServiceError extends ServiceError<string> {
  override readonly name = "KeyServiceError";

  constructor(code: string, kind: ErrorKind, message: string, cause?: unknown) {
    super(code, kind, message, {}, cause);
  }
}

/** Whether it is one key alone that cannot be used now, as one whose device is away; another may. */
export function isKeyAway(error: unknown): error is KeyServiceError {
  return error instanceof KeyServiceError && error.code === "KeyUnavailableException";
}
