import type { WriteConditions } from "../object-store.ts";
import { StoreError } from "../store-error.ts";

/** Throws PreconditionFailed, or NoSuchKey for an If-Match on nothing. `etag` is the current version's, unquoted. */
export function checkWriteConditions(conditions: WriteConditions, etag: string | null): void {
  const { ifMatch, ifNoneMatch } = conditions;
  if (ifMatch !== undefined) {
    if (etag === null) throw new StoreError("NoSuchKey", "invalid", "The specified key does not exist.");
    if (ifMatch !== "*" && ifMatch !== etag) throw failed("If-Match");
  }
  if (ifNoneMatch !== undefined && etag !== null && (ifNoneMatch === "*" || ifNoneMatch === etag)) {
    throw failed("If-None-Match");
  }
}

function failed(condition: string): StoreError {
  return new StoreError(
    "PreconditionFailed",
    "state",
    "At least one of the pre-conditions you specified did not hold",
    { condition },
  );
}
