/** A tag as a name and a value; order does not matter. */
export type Tags = ReadonlyMap<string, string>;

/**
 * Who makes a request, once the signature was checked. `arn` and `userId` are what policies match as
 * `aws:PrincipalArn` (for a session: the role's ARN, see `roleArn`) and `aws:userid`, and what errors and the audit
 * trail show.
 */
export type Principal =
  | AnonymousPrincipal
  | RootPrincipal
  | UserPrincipal
  | RoleSessionPrincipal
  | FederatedUserPrincipal
  | FederatedPrincipal
  | ServicePrincipal;

/** Nobody in particular: only resource policies and ACLs speak of it. */
export interface AnonymousPrincipal {
  readonly kind: "anonymous";
}

/** The root of an account: `arn:aws:iam::ACCOUNT:root`; nothing bounds it inside its account. */
export interface RootPrincipal {
  readonly kind: "root";
  readonly accountId: string;
  /** The account's owner id in S3, where somebody asked for it: what `CanonicalUser` names. */
  readonly canonicalUserId?: string;
  readonly arn: string;
  /** The account id. */
  readonly userId: string;
}

export interface UserPrincipal {
  readonly kind: "user";
  readonly accountId: string;
  /** The account's owner id in S3, where somebody asked for it: what `CanonicalUser` names. */
  readonly canonicalUserId?: string;
  readonly arn: string;
  /** `AIDA…`, never used again for another user of the same name. */
  readonly userId: string;
  readonly userName: string;
  readonly tags: Tags;
}

/** A role somebody assumed. */
export interface RoleSessionPrincipal {
  readonly kind: "role-session";
  readonly accountId: string;
  /** The account's owner id in S3, where somebody asked for it: what `CanonicalUser` names. */
  readonly canonicalUserId?: string;
  /** `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. */
  readonly arn: string;
  /** `arn:aws:iam::ACCOUNT:role/PATH/ROLE`: what `aws:PrincipalArn` is. */
  readonly roleArn: string;
  /** `AROA…:SESSION`. */
  readonly userId: string;
  readonly roleId: string;
  readonly roleName: string;
  readonly sessionName: string;
  /** The role's tags, overridden by the session's. */
  readonly tags: Tags;
}

/** Whom a user, or the root of an account, vouched for: may do what its issuer may and the session's policies allow. */
export interface FederatedUserPrincipal {
  readonly kind: "federated-user";
  readonly accountId: string;
  /** `arn:aws:sts::ACCOUNT:federated-user/NAME`. */
  readonly arn: string;
  /** `ACCOUNT:NAME`. */
  readonly userId: string;
  readonly federatedName: string;
  readonly issuer: UserPrincipal | RootPrincipal;
  /** The session's own. */
  readonly tags: Tags;
}

/** Somebody an identity provider vouches for, who asks to assume a role: only trust policies speak of them. */
export interface FederatedPrincipal {
  readonly kind: "federated";
  /** The provider's ARN: `arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH`. */
  readonly provider: string;
  /** What the provider calls them, e.g. the `sub` claim. */
  readonly subject: string;
}

/** One of our own services, acting in its own name, e.g. `s3.amazonaws.com`. */
export interface ServicePrincipal {
  readonly kind: "service";
  readonly service: string;
}
