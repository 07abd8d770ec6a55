import type { KmsCall } from "../api/kms-operation.ts";
import type { KeyChange } from "../keys/keys.ts";
import type { KeyState, KmsKey } from "../keys/kms-key.ts";
import { authorizeKeyUse, type KeyUse } from "./authorize.ts";
import { keyNotFound } from "./key-errors.ts";
import { requireState } from "./require-state.ts";
import { resolveKey } from "./resolve-key.ts";

export interface KeyChangeRequest extends Pick<KeyUse, "action" | "conditions" | "requestTags"> {
  readonly keyId: string;
  /** In which the change goes ahead; null: in every state. */
  readonly states: readonly KeyState[] | null;
  /** Whether policies may ask how long the key was idle. */
  readonly tellsIdleDays?: boolean;
  /** Checked once, after the permission and before the state. */
  readonly check?: (key: KmsKey) => void;
}

/**
 * A management operation on one key: found by id or ARN, permitted, in a fitting state, and changed as it is at that
 * moment, whoever else changes it. `change` may be asked again; null changes nothing.
 */
export async function changeKey(
  call: KmsCall,
  request: KeyChangeRequest,
  change: (key: KmsKey, nowMs: number) => KeyChange | null | Promise<KeyChange | null>,
): Promise<KmsKey> {
  const { keys, clock } = call.services;
  const { key } = await resolveKey(call, request.keyId, "key", request.action);
  const { region, keyId, createdMs } = key.record;
  const idleDays =
    request.tellsIdleDays === true
      ? await call.services.lastUsages.idleDays(region, keyId, createdMs, clock.nowMs())
      : undefined;
  await authorizeKeyUse(call, {
    action: request.action,
    key,
    conditions: { trailingdayswithoutkeyusage: idleDays, ...request.conditions },
    ...(request.requestTags === undefined ? {} : { requestTags: request.requestTags }),
  });
  request.check?.(key);
  const nowMs = clock.nowMs();
  const changed = await keys.update(region, keyId, (fresh) => {
    if (request.states !== null) requireState(fresh, nowMs, request.states);
    return change(fresh, nowMs);
  });
  if (changed === null) throw keyNotFound(key.arn);
  return changed;
}

/** A management operation that only looks. */
export async function inspectKey(
  call: KmsCall,
  keyId: string,
  action: string,
  options: Pick<KeyUse, "conditions" | "grantOperation" | "grantTokens"> = {},
): Promise<KmsKey> {
  const { key } = await resolveKey(call, keyId, "key", action);
  await authorizeKeyUse(call, { action, key, ...options });
  return key;
}
