import { KmsError } from "../kms-error.ts";
import type { Tag } from "./key-record.ts";

const MAX_TAGS = 50;

/** Throws TagException for tags that AWS refuses. */
export function checkTags(tags: readonly Tag[]): readonly Tag[] {
  const names = new Set(tags.map((tag) => tag.TagKey));
  if (names.size !== tags.length) throw new KmsError("TagException", "Duplicate tag keys");
  requireRoom(tags);
  for (const name of names) requireUserTag(name);
  return tags;
}

export function requireUserTag(name: string): void {
  if (name.toLowerCase().startsWith("aws:")) {
    throw new KmsError("TagException", "Tags beginning with aws: are reserved");
  }
}

/** The old tags with the new ones over them; throws when they are too many. */
export function mergeTags(old: readonly Tag[], added: readonly Tag[]): readonly Tag[] {
  const merged = new Map([...old, ...added].map((tag) => [tag.TagKey, tag]));
  return requireRoom([...merged.values()]);
}

function requireRoom(tags: readonly Tag[]): readonly Tag[] {
  if (tags.length > MAX_TAGS) throw new KmsError("TagException", "Too many tags");
  return tags;
}
