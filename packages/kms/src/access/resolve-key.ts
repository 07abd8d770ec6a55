import type { KmsCall } from "../api/kms-operation.ts";
import { aliasArn, isKeyId, keyArn, parseKmsArn } from "../keys/key-id.ts";
import { isGone, type KmsKey } from "../keys/kms-key.ts";
import { ensureManagedKey, isManagedAlias } from "../keys/managed-key.ts";
import { KmsError } from "../kms-error.ts";
import { aliasNotFound, foreignKeyRefused, invalidKeyId, keyNotFound } from "./key-errors.ts";

/** The key a request names, and the alias it named it by. */
export interface NamedKey {
  readonly key: KmsKey;
  /** `alias/…`; null when the request named the key itself. */
  readonly alias: string | null;
}

/**
 * Finds the key behind a `KeyId` parameter. Cryptographic operations and the two that describe a key take aliases,
 * all others refuse them (kms.md §0.3). `action` is what the key is wanted for. Throws NotFoundException; for a key that another account's ARN names and that
 * is not there, AccessDeniedException.
 */
export async function resolveKey(
  call: KmsCall,
  text: string,
  accepts: "key" | "key-or-alias",
  action: string,
): Promise<NamedKey> {
  const { region, accountId } = call.caller;
  const name = nameOf(call, text);
  if (name.resource.startsWith("alias/")) {
    if (accepts === "key") throw invalidKeyId(text);
    return resolveAlias(call, name.accountId, name.resource, action);
  }
  const key = await findKey(call, region, name.resource);
  if (key !== null && key.record.accountId === name.accountId) return { key, alias: null };
  const arn = keyArn(region, name.accountId, name.resource);
  if (name.accountId === accountId) throw keyNotFound(arn);
  throw foreignKeyRefused(call.caller, action, arn);
}

/** The key as it is now; null also when its deletion is due. */
export async function findKey(call: KmsCall, region: string, keyId: string): Promise<KmsKey | null> {
  const { keys, clock } = call.services;
  const key = await keys.find(region, keyId);
  return key === null || isGone(key.record, clock.nowMs()) ? null : key;
}

async function resolveAlias(
  call: KmsCall,
  accountId: string,
  aliasName: string,
  action: string,
): Promise<NamedKey> {
  const { region } = call.caller;
  const isOwn = accountId === call.caller.accountId;
  const alias = await call.services.aliases.find(accountId, region, aliasName);
  if (alias !== null) {
    const key = await findKey(call, region, alias.targetKeyId);
    if (key !== null) return { key, alias: aliasName };
  } else if (isOwn && isManagedAlias(aliasName)) {
    return { key: await ensureManagedKey(call.services, accountId, region, aliasName), alias: aliasName };
  }
  const arn = aliasArn(region, accountId, aliasName);
  if (isOwn) throw aliasNotFound(arn);
  throw foreignKeyRefused(call.caller, action, arn);
}

/** The four forms: key id, key ARN, alias name, alias ARN. */
function nameOf(call: KmsCall, text: string): { readonly accountId: string; readonly resource: string } {
  const { region, accountId } = call.caller;
  if (text.startsWith("arn:")) {
    const arn = parseKmsArn(text);
    if (arn === null) throw new KmsError("InvalidArnException", `Invalid arn ${text}`);
    if (arn.region !== region) throw new KmsError("NotFoundException", `Invalid arn ${arn.region}`);
    const keyId = arn.resource.startsWith("key/") ? arn.resource.slice(4) : null;
    if (keyId !== null && !isKeyId(keyId)) throw invalidKeyId(keyId);
    return { accountId: arn.accountId, resource: keyId ?? arn.resource };
  }
  if (!text.startsWith("alias/") && !isKeyId(text)) throw invalidKeyId(text);
  return { accountId, resource: text };
}
