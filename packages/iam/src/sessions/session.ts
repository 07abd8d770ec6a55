import type { Tags } from "../principal.ts";

/** Who holds a session, by names that are looked up anew at each use and ids that must still be theirs. */
export type SessionHolder = RoleHolder | UserHolder | RootHolder | FederatedHolder;

export interface RoleHolder {
  readonly kind: "role";
  readonly accountId: string;
  readonly roleName: string;
  /** `AROA…` */
  readonly roleId: string;
  readonly sessionName: string;
}

export interface UserHolder {
  readonly kind: "user";
  readonly accountId: string;
  readonly userName: string;
  /** `AIDA…` */
  readonly userId: string;
}

export interface RootHolder {
  readonly kind: "root";
  readonly accountId: string;
}

export interface FederatedHolder {
  readonly kind: "federated-user";
  readonly accountId: string;
  readonly federatedName: string;
  readonly issuer: UserHolder | RootHolder;
}

/** What a session token says. Policies are kept as they were given: what they mean is decided when they are used. */
export interface Session {
  readonly holder: SessionHolder;
  readonly issuedMs: number;
  /** The first millisecond at which the session is over. */
  readonly expiresMs: number;
  /** null: no inline session policy. */
  readonly policyText: string | null;
  /** Managed policies that narrow the session as well; they count as they are when they are used. */
  readonly policyArns: readonly string[];
  readonly tags: Tags;
  /** Those of `tags` that a role assumed from this session inherits and cannot change. */
  readonly transitiveTagKeys: readonly string[];
  readonly mfaAuthenticatedMs: number | null;
  readonly sourceIdentity: string | null;
  /** Condition keys fixed at the issue, by lower-case name. */
  readonly conditionKeys: ReadonlyMap<string, readonly string[]>;
}
