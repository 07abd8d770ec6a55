import type { NamedPolicy } from "../policy/authorization.ts";
import type { Tags } from "../principal.ts";

/** What temporary credentials state beside their principal. All of it was sealed into the token when it was issued. */
export interface SessionFacts {
  readonly issuedMs: number;
  readonly expiresMs: number;
  /** The session's policies: they only ever narrow [L-167]. null: it was issued without; empty: it may do nothing. */
  readonly policies: readonly NamedPolicy[] | null;
  /** When the holder proved a second factor (`aws:MultiFactorAuthAge`); null: not at all. */
  readonly mfaAuthenticatedMs: number | null;
  /** The session's own tags; the principal's `tags` already count them in. */
  readonly tags: Tags;
  /** Keys of those that a role assumed from this session inherits. */
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | null;
  /**
   * Condition keys that were fixed at the issue, by lower-case name: `ISSUER:aud`, `ISSUER:sub`,
   * `aws:federatedprovider`.
   */
  readonly conditionKeys: ReadonlyMap<string, readonly string[]>;
}
