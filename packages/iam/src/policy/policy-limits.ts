/**
 * What a policy is attached to, which decides its elements: `identity` (users, groups, roles, and boundaries),
 * `session`, `trust` (who may assume a role), `bucket`, `kms-key`, `resource` (any other resource).
 */
export type PolicyKind = "identity" | "session" | "trust" | "bucket" | "kms-key" | "resource";

export interface PolicyLimits {
  /** UTF-8 bytes, or characters without white space where `ignoresWhitespace`. */
  readonly maxSize: number;
  readonly ignoresWhitespace: boolean;
}

/** No text longer than this is looked at, white space and all: what AWS's models allow at most. */
export const MAX_TEXT_LENGTH = 131_072;

/** A statement's values are at depth six: document, list, statement, Condition, operator, list. */
export const MAX_DEPTH = 8;

/**
 * AWS's quotas. Where several policies share one (all inline policies of a user) or an API has a smaller one, the
 * caller passes its own.
 */
export const DEFAULT_LIMITS = {
  identity: { maxSize: 10_240, ignoresWhitespace: true },
  session: { maxSize: 2048, ignoresWhitespace: false },
  trust: { maxSize: 2048, ignoresWhitespace: true },
  bucket: { maxSize: 20_480, ignoresWhitespace: false },
  "kms-key": { maxSize: 32_768, ignoresWhitespace: false },
  resource: { maxSize: 20_480, ignoresWhitespace: false },
} as const satisfies Record<PolicyKind, PolicyLimits>;

/** The size that counts against `maxSize`. */
export function policySize(text: string, ignoresWhitespace: boolean): number {
  return ignoresWhitespace ? text.replace(/\s+/g, "").length : Buffer.byteLength(text);
}
