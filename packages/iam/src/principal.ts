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
  | WebIdentityPrincipal
  | ServicePrincipal;

/** Nobody in particular: only resource policies and ACLs speak of it. */
export interface AnonymousPrincipal {
  readonly kind: "anonymous";
}

/** The root of an account: `arn:aws:iam::ACCOUNT:root`; nothing bounds it inside its account. */
export interface RootPrincipal {
  readonly kind: "root";
  readonly accountId: string;
  readonly arn: string;
  /** The account id. */
  readonly userId: string;
}

export interface UserPrincipal {
  readonly kind: "user";
  readonly accountId: string;
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

/**
 * Somebody an identity provider vouches for, in the moment before a role is assumed: of it only `Federated` in a trust
 * policy speaks, matched by `providerArn`. It has no policies and no account of its own.
 */
export interface WebIdentityPrincipal {
  readonly kind: "web-identity";
  /** `arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH`, in the account of the role. */
  readonly providerArn: string;
  /** `sub` of the token. */
  readonly subject: string;
}

/** One of our own services, acting in its own name, e.g. `s3.amazonaws.com`. */
export interface ServicePrincipal {
  readonly kind: "service";
  readonly service: string;
}
