import type { KmsCall } from "../api/kms-operation.ts";
import { type EncryptionContext, encodeEncryptionContext } from "../ciphertext-blob/encryption-context.ts";
import type { GrantOperation } from "../grants/grant.ts";
import { findAlgorithms, type KeyUsage } from "../keys/key-spec.ts";
import type { KmsKey } from "../keys/kms-key.ts";
import { KmsError } from "../kms-error.ts";
import { authorizeKeyUse } from "./authorize.ts";
import type { RequestConditions } from "./key-conditions.ts";
import { requireState, USABLE } from "./require-state.ts";
import { type NamedKey, resolveKey } from "./resolve-key.ts";

/** A cryptographic use of a key, as a request asks for it. */
export interface CryptographicUse {
  /** The permission, and what a grant must list. */
  readonly action: GrantOperation;
  /** As error texts name it; the action where absent. */
  readonly operation?: string;
  readonly usage: KeyUsage;
  /** null: any of the usage. */
  readonly algorithm: string | null;
  readonly encryptionContext?: EncryptionContext | undefined;
  readonly conditions?: RequestConditions;
  readonly grantTokens?: readonly string[] | undefined;
}

/**
 * A key that may be used right now: found, permitted, enabled, and of the right usage and algorithm; checked in this
 * order, so that a stranger learns nothing of a key's state (kms.md §1.7).
 */
export async function useKey(call: KmsCall, keyId: string, use: CryptographicUse): Promise<KmsKey> {
  const named = await resolveKey(call, keyId, "key-or-alias", use.action);
  await permitUse(call, named, use);
  return named.key;
}

export async function permitUse(
  call: KmsCall,
  { key, alias }: NamedKey,
  use: CryptographicUse,
): Promise<void> {
  const { encryptionContext } = use;
  if (encryptionContext !== undefined) encodeEncryptionContext(encryptionContext);
  await authorizeKeyUse(call, {
    action: use.action,
    key,
    alias,
    grantOperation: use.action,
    grantTokens: use.grantTokens,
    ...(encryptionContext === undefined ? {} : { encryptionContext }),
    ...(use.conditions === undefined ? {} : { conditions: use.conditions }),
  });
  requireState(key, call.services.clock.nowMs(), USABLE);
  requireUsage(key, use);
}

function requireUsage(key: KmsKey, use: CryptographicUse): void {
  const { set } = key;
  if (set.usage !== use.usage) {
    const operation = use.operation ?? use.action;
    throw new KmsError(
      "InvalidKeyUsageException",
      `${key.arn} key usage is ${set.usage} which is not valid for ${operation}.`,
    );
  }
  const algorithms = findAlgorithms(set.spec, set.usage);
  if (use.algorithm !== null && !algorithms?.includes(use.algorithm)) {
    throw new KmsError(
      "InvalidKeyUsageException",
      `Algorithm ${use.algorithm} is incompatible with key spec ${set.spec}.`,
    );
  }
}

/** The answer to a request that asked only whether it would have succeeded: after every check, before any cryptography. */
export function answerDryRun(isDryRun: boolean | undefined): void {
  if (isDryRun === true) {
    throw new KmsError(
      "DryRunOperationException",
      "The request would have succeeded, but the DryRun option is set.",
    );
  }
}
