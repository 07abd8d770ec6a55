import { type Authorization, mapContext } from "@strongroom/iam";
import { KmsError } from "@strongroom/kms";
import { type KeyRequester, KeyServiceError, type KeyService as StoreKeyService } from "@strongroom/store";
import type { AuditedKeyService } from "../audit/kms-events.ts";
import { STORED_WRONG } from "../storage/store-key-service.ts";

/** Who asks when stored data is verified: on the trail as `userIdentity.invokedBy`. */
const SERVICE = "verify.strongroom.internal";

/** The one requester that the verification asks in. */
export const SYSTEM_REQUESTER: KeyRequester = { name: SERVICE };

/** Asks no policy: for a key service that only the verification uses, which gives nothing that it opens away. */
export const SYSTEM_AUTHORIZER: Pick<Authorization, "decide"> = {
  decide: () => ({ allowed: true, by: null }),
};

const KEY_ARN = /^arn:aws:kms:([a-z0-9-]+):(\d{12}):key\//;

/**
 * The key service as the verification sees it: opens keys in the system's own name, whatever their policies say, since
 * whoever runs the server could; never a key that is disabled, pending deletion or gone. Each call is on the trail.
 * It makes no keys.
 */
export function systemKeyService(
  keyService: Pick<AuditedKeyService, "decrypt" | "generation">,
): StoreKeyService {
  return {
    generation: () => keyService.generation(),
    generateDataKey: () => Promise.reject(new TypeError("a verification makes no keys")),
    async decrypt({ keyArn, context, wrappedKey }) {
      const [, region = "", accountId = ""] = KEY_ARN.exec(keyArn) ?? [];
      const caller = {
        principal: { kind: "service", service: SERVICE },
        accountId,
        region,
        context: mapContext({}),
        viaService: null,
        sessionPolicies: null,
      } as const;
      try {
        const request = { caller, keyId: keyArn, encryptionContext: context, ciphertextBlob: wrappedKey };
        return (await keyService.decrypt(request)).plaintext;
      } catch (error) {
        if (!(error instanceof KmsError)) throw error;
        const kind = STORED_WRONG.has(error.code) ? "integrity" : error.kind;
        throw new KeyServiceError(error.code, kind, error.message, error);
      }
    },
  };
}
