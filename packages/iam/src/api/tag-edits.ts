import type { Tag } from "../identities/entities.ts";
import { IamApiError } from "./iam-api-error.ts";
import { QUOTAS } from "./quotas.ts";

type Named = "User" | "Role" | "Policy" | "OpenIDConnectProvider";

/** The tags of something new. Throws InvalidInput. */
export function requireTags(tags: readonly Tag[]): readonly Tag[] {
  const keys = new Set(tags.map(({ key }) => key.toLowerCase()));
  if (keys.size !== tags.length) {
    throw new IamApiError(
      "InvalidInput",
      "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    );
  }
  if ([...keys].some((key) => key.startsWith("aws:"))) {
    throw new IamApiError("InvalidInput", "Tag keys that begin with aws: are reserved.");
  }
  return tags;
}

/** `tags` with `added`, which replace tags of the same key. Throws InvalidInput, LimitExceeded. */
export function withTags(tags: readonly Tag[], added: readonly Tag[], named: Named): readonly Tag[] {
  const byKey = new Map(tags.map((tag) => [tag.key.toLowerCase(), tag]));
  for (const tag of requireTags(added)) byKey.set(tag.key.toLowerCase(), tag);
  if (byKey.size > QUOTAS.tagsPerEntity) {
    throw new IamApiError(
      "LimitExceeded",
      `Cannot exceed quota for TagsPer${named}: ${QUOTAS.tagsPerEntity}`,
    );
  }
  return [...byKey.values()];
}

/** Keys that there are not are no error. */
export function withoutTags(tags: readonly Tag[], keys: readonly string[]): readonly Tag[] {
  const removed = new Set(keys.map((key) => key.toLowerCase()));
  return tags.filter(({ key }) => !removed.has(key.toLowerCase()));
}
