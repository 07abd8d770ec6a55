import type { PolicyHolder } from "../identities/entities.ts";
import { IamApiError } from "./iam-api-error.ts";

export function deleteConflict(message: string): IamApiError {
  return new IamApiError("DeleteConflict", message);
}

/** Throws DeleteConflict while policies hang on a user, group or role. */
export function requireNoPolicies(holder: PolicyHolder): void {
  if (holder.attachedPolicies.length > 0) {
    throw deleteConflict("Cannot delete entity, must detach all policies first.");
  }
  if (holder.inlinePolicies.length > 0) {
    throw deleteConflict("Cannot delete entity, must delete policies first.");
  }
}
