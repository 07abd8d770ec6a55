/** A tag; the order in which tags were set is kept, as AWS shows it. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** A policy that belongs to one identity alone. */
export interface InlinePolicy {
  readonly policyName: string;
  /** As it was sent. */
  readonly document: string;
}

interface Identity {
  readonly accountId: string;
  /** Random, never used again: what is bound to it does not pass to a successor of the same name. */
  readonly id: string;
  readonly name: string;
  /** `/` or `/division/team/`. */
  readonly path: string;
  readonly createdMs: number;
  readonly inlinePolicies: readonly InlinePolicy[];
  /** ARNs of managed policies, in the order they were attached. */
  readonly attachedPolicies: readonly string[];
}

export interface User extends Identity {
  readonly kind: "user";
  readonly tags: readonly Tag[];
  /** ARN of the managed policy that bounds it; null: none. */
  readonly boundary: string | null;
  readonly groupIds: readonly string[];
  readonly accessKeyIds: readonly string[];
}

export interface Group extends Identity {
  readonly kind: "group";
  readonly memberCount: number;
}

export interface Role extends Identity {
  readonly kind: "role";
  readonly tags: readonly Tag[];
  readonly boundary: string | null;
  /** As it was sent: null when none was. */
  readonly description: string | null;
  readonly maxSessionDurationSeconds: number;
  /** The trust policy, as it was sent. */
  readonly trustPolicy: string;
}

export interface PolicyVersion {
  /** `v1`, `v2`, … */
  readonly versionId: string;
  readonly document: string;
  readonly createdMs: number;
}

/** A customer's managed policy. */
export interface ManagedPolicy {
  readonly kind: "policy";
  readonly accountId: string;
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly description: string | null;
  readonly tags: readonly Tag[];
  /** Oldest first. */
  readonly versions: readonly PolicyVersion[];
  readonly defaultVersionId: string;
  /** The number of the next version: numbers are not used again. */
  readonly nextVersion: number;
  readonly attachmentCount: number;
  readonly boundaryCount: number;
}

/** An OpenID Connect provider whose tokens the account trusts for AssumeRoleWithWebIdentity. */
export interface OidcProvider {
  readonly kind: "oidc-provider";
  readonly accountId: string;
  /** Host and path, without `https://` and without a slash at the end: what its ARN ends with. */
  readonly issuer: string;
  readonly createdMs: number;
  readonly clientIds: readonly string[];
  /** SHA-1 of certificates, as hex: AWS's interface has them. */
  readonly thumbprints: readonly string[];
  readonly tags: readonly Tag[];
}

/** Whatever policies can be attached to. */
export type PolicyHolder = User | Group | Role;
export type Entity = PolicyHolder | ManagedPolicy;

const ARN_TYPES = { user: "user", group: "group", role: "role", policy: "policy" } as const;

/** `arn:aws:iam::ACCOUNT:user/PATH/NAME`. */
export function arnOf(entity: Pick<Entity, "kind" | "accountId" | "path" | "name">): string {
  return `arn:aws:iam::${entity.accountId}:${ARN_TYPES[entity.kind]}${entity.path}${entity.name}`;
}

/** `arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH`. */
export function oidcProviderArn(provider: Pick<OidcProvider, "accountId" | "issuer">): string {
  return `arn:aws:iam::${provider.accountId}:oidc-provider/${provider.issuer}`;
}

export function rootArn(accountId: string): string {
  return `arn:aws:iam::${accountId}:root`;
}
