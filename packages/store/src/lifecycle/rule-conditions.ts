import type { DeleteMarker, MultipartUpload, StoredVersion } from "../model.ts";
import type { LifecycleRule } from "./lifecycle-rule.ts";

export type MatchedVersion = Pick<StoredVersion, "objectKey" | "tags" | "sizeBytes">;

/** Whether a version is among those a rule is about. */
export function matchesVersion({ conditions }: LifecycleRule, version: MatchedVersion): boolean {
  const { prefix, tags, sizeGreaterThan, sizeLessThan } = conditions;
  return (
    version.objectKey.startsWith(prefix ?? "") &&
    (sizeGreaterThan === null || version.sizeBytes > sizeGreaterThan) &&
    (sizeLessThan === null || version.sizeBytes < sizeLessThan) &&
    tags.every(({ name, value }) => Object.hasOwn(version.tags, name) && version.tags[name] === value)
  );
}

/** A marker or an upload has neither tags nor a size: a rule that asks for one is not about it. */
export function matchesByKeyAlone(
  { conditions }: LifecycleRule,
  { objectKey }: Pick<DeleteMarker | MultipartUpload, "objectKey">,
): boolean {
  const { prefix, tags, sizeGreaterThan, sizeLessThan } = conditions;
  return (
    objectKey.startsWith(prefix ?? "") &&
    tags.length === 0 &&
    sizeGreaterThan === null &&
    sizeLessThan === null
  );
}

/** What the keys that any of the rules is about begin with: a pass need look at no others. */
export function commonPrefix(rules: readonly LifecycleRule[]): string {
  const [first = "", ...others] = rules.map(({ conditions }) => conditions.prefix ?? "");
  let common = [...first];
  for (const other of others) {
    const letters = [...other];
    const at = common.findIndex((letter, index) => letter !== letters[index]);
    if (at !== -1) common = common.slice(0, at);
  }
  return common.join("");
}
