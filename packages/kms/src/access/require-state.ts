import { type KeyState, type KmsKey, stateOf } from "../keys/kms-key.ts";
import { KmsError } from "../kms-error.ts";

/** Key states in which operations go ahead (kms.md §1.7). */
export const USABLE = ["Enabled"] as const satisfies readonly KeyState[];
export const NOT_PENDING = ["Enabled", "Disabled", "Unavailable"] as const satisfies readonly KeyState[];
export const NOT_DELETED = [
  "Enabled",
  "Disabled",
  "PendingImport",
  "Unavailable",
] as const satisfies readonly KeyState[];

const TEXTS = {
  Enabled: "is enabled.",
  Disabled: "is disabled.",
  PendingDeletion: "is pending deletion.",
  PendingReplicaDeletion: "is pending deletion.",
  PendingImport: "is pending import.",
  Unavailable: "is unavailable: its custom key store is not connected.",
} as const satisfies Record<KeyState, string>;

/** Throws DisabledException or KMSInvalidStateException, with AWS's text for the state the key is in. */
export function requireState(key: KmsKey, nowMs: number, allowed: readonly KeyState[]): void {
  const state = stateOf(key, nowMs);
  if (allowed.includes(state)) return;
  const code = state === "Disabled" ? "DisabledException" : "KMSInvalidStateException";
  throw new KmsError(code, `${key.arn} ${TEXTS[state]}`);
}
