import type { Tags } from "../principal.ts";
import type { ParameterReader } from "./parameter-reader.ts";
import { StsError } from "./sts-error.ts";

const TAGS_MAX = 50;
const PATTERN = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const PATTERN_TEXT = "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*";
const KEY_RULE = { minLength: 1, maxLength: 128, pattern: PATTERN, patternText: PATTERN_TEXT };
const VALUE_RULE = { minLength: 0, maxLength: 256, pattern: PATTERN, patternText: PATTERN_TEXT };
const RESERVED_PREFIX = /^aws:/i;

/** What a caller wants a session to be tagged with. */
export interface SessionTagParameters {
  readonly tags: Tags;
  readonly transitiveTagKeys: readonly string[];
}

/** `Tags.member.N.{Key,Value}` and `TransitiveTagKeys.member.N`. Throws InvalidParameterValue. */
export function readSessionTags(reader: ParameterReader): SessionTagParameters {
  const pairs = reader.parameters
    .list("Tags")
    .map((member) => [member.text("Key") ?? "", member.text("Value") ?? ""] as const);
  return checkSessionTags(pairs, reader.parameters.texts("TransitiveTagKeys"), reader);
}

/** Tags from wherever they come. What breaks a length or pattern is gathered by `reader`; the rest throws. */
export function checkSessionTags(
  pairs: readonly (readonly [key: string, value: string])[],
  transitiveTagKeys: readonly string[],
  reader: ParameterReader,
): SessionTagParameters {
  reader.checkCount(pairs.length, "Tags", TAGS_MAX);
  reader.checkCount(transitiveTagKeys.length, "TransitiveTagKeys", TAGS_MAX);
  const names = new Set<string>();
  pairs.slice(0, TAGS_MAX).forEach(([key, value], index) => {
    reader.checkText(key, `tags.${index + 1}.member.key`, KEY_RULE);
    reader.checkText(value, `tags.${index + 1}.member.value`, VALUE_RULE);
    if (RESERVED_PREFIX.test(key))
      throw new StsError(
        "InvalidParameterValue",
        "Tag keys that start with aws: are reserved for system use.",
      );
    if (names.has(key.toLowerCase())) {
      throw new StsError(
        "InvalidParameterValue",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
      );
    }
    names.add(key.toLowerCase());
  });
  if (!transitiveTagKeys.every((key) => names.has(key.toLowerCase()))) {
    throw new StsError(
      "InvalidParameterValue",
      "The specified transitive tag key must be included in the requested tags.",
    );
  }
  return { tags: new Map(pairs), transitiveTagKeys };
}

/**
 * The session's tags: the wanted ones and those that the calling session hands on, which may not be set anew.
 * Throws InvalidParameterValue.
 */
export function inheritTags(
  wanted: SessionTagParameters,
  inherited: { readonly tags: Tags; readonly transitiveTagKeys: readonly string[] },
): SessionTagParameters {
  const handedOn = new Map<string, string>();
  const names = new Set(inherited.transitiveTagKeys.map((key) => key.toLowerCase()));
  for (const [key, value] of inherited.tags) if (names.has(key.toLowerCase())) handedOn.set(key, value);
  for (const key of wanted.tags.keys()) {
    if (!names.has(key.toLowerCase())) continue;
    throw new StsError(
      "InvalidParameterValue",
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  }
  return {
    tags: new Map([...handedOn, ...wanted.tags]),
    transitiveTagKeys: [...handedOn.keys(), ...wanted.transitiveTagKeys],
  };
}
