import type { Principal } from "../principal.ts";
import type { PolicyDocument } from "./policy-document.ts";

/**
 * The condition keys of a request, by lower-case name (`aws:securetransport`, `s3:prefix`, `aws:principaltag/team`).
 * Values are looked up only when a statement asks; `undefined` means that the request has no such key. Names are
 * fixed by the code that makes the context: nothing a client sends can add or shadow one [L-165].
 */
export interface ConditionContext {
  find(name: string): readonly string[] | undefined;
}

/** One question: may this principal do this to that? */
export interface AuthorizationRequest {
  readonly principal: Principal;
  /** As AWS writes it: `s3:GetObject`. Compared without case. */
  readonly action: string;
  /** The resource's ARN; `*` for actions that have none. */
  readonly resource: string;
  /** The account that owns the resource; the caller's own for actions without a resource. */
  readonly resourceAccountId: string;
  readonly context: ConditionContext;
}

/** A policy and the name by which a decision speaks of it: an ARN, an inline policy's name, a bucket. */
export interface NamedPolicy {
  readonly name: string;
  readonly document: PolicyDocument;
}

/** What is attached to a principal. Root has none and needs none. */
export interface PrincipalPolicies {
  /** The principal's own, inline and managed, and those of its groups. */
  readonly identity: readonly NamedPolicy[];
  /** null: no boundary. */
  readonly boundary: NamedPolicy | null;
  /**
   * null: not a session, or one without a session policy. Several add up, as identity policies do: one of them must
   * allow, so an empty list allows nothing (a federated user for whom no policy was given).
   */
  readonly session: readonly NamedPolicy[] | null;
}

/**
 * How a resource's own policy counts inside its account: `or-identity` (S3): either side suffices; `delegates` (KMS):
 * the resource policy must allow, in the principal's own name or by handing the question to the account, whose identity
 * policies then decide; `required` (role trust): the same, and nothing beside the policy can stand in for it. Across
 * accounts both sides must allow, whatever the mode.
 */
export type ResourcePolicyMode = "or-identity" | "delegates" | "required";

export interface ResourcePolicy {
  readonly policy: NamedPolicy | null;
  readonly mode: ResourcePolicyMode;
  /**
   * Something beside the policies that allows: a KMS grant, an ACL. It counts like a statement of the resource policy
   * that names the principal (its role, for a session), so a session policy or boundary still bounds a role, and an
   * explicit deny still wins.
   */
  readonly alsoAllowedBy?: string | null;
  /**
   * Whom `alsoAllowedBy` allows: the `principal` itself (the default; nothing more is needed, even across accounts), or
   * its `account`, whose identity policies must allow as well.
   */
  readonly alsoAllows?: "principal" | "account";
}

/** Where the deciding statement stands. */
export interface StatementReference {
  readonly policyKind: "identity" | "boundary" | "session" | "resource";
  readonly policyName: string;
  /** The statement's Sid, or its number from 0 where it has none. */
  readonly statement: string;
}

export type Decision =
  | {
      readonly allowed: true;
      /** null: no statement was needed (the account's root, or `alsoAllowedBy`). */
      readonly by: StatementReference | null;
    }
  | {
      readonly allowed: false;
      /** Set when a statement denied; null when nothing allowed. */
      readonly by: StatementReference | null;
      /** The kind of policy whose silence or deny decided, as AWS names it in its message. */
      readonly because:
        | "identity-based policy"
        | "resource-based policy"
        | "permissions boundary"
        | "session policy";
    };
