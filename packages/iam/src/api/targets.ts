import { findAwsManagedPolicy } from "../identities/aws-managed-policies.ts";
import { arnOf, oidcProviderArn, rootArn, type Tag } from "../identities/entities.ts";
import type { IamCall, Target } from "./operation.ts";

type Holder = "user" | "group" | "role";

/** An existing user, group or role; one that there is not is spoken of as if it lay at the path `/`. */
export async function holderTarget(call: IamCall, kind: Holder, name: string): Promise<Target> {
  const { accountId, identities } = call;
  const spoken = `${kind} ${name}`;
  const entity = await identities.reader.findByName(kind, accountId, name);
  if (entity === null) return { arn: arnOf({ kind, accountId, path: "/", name }), spoken };
  const arn = arnOf(entity);
  return entity.kind === "group"
    ? { arn, spoken }
    : { arn, spoken, tags: entity.tags, boundary: entity.boundary };
}

/** The user that is named, else the caller, which may be a root. */
export async function userOrCallerTarget(call: IamCall, userName: string | null): Promise<Target> {
  if (userName !== null) return holderTarget(call, "user", userName);
  const arn = rootArn(call.accountId);
  return { arn, spoken: arn };
}

/** Something that is about to be made. */
export function newTarget(
  call: IamCall,
  entity: { readonly kind: Holder | "policy"; readonly path: string; readonly name: string },
  request: { readonly tags?: readonly Tag[]; readonly boundary?: string | null } = {},
): Target {
  const arn = arnOf({ ...entity, accountId: call.accountId });
  const { tags = [], boundary = null } = request;
  const spoken = entity.kind === "policy" ? `policy ${entity.name}` : arn;
  return { arn, spoken, requestTags: tags, boundary };
}

/** An existing user or group, and what it is to become. */
export async function movedTarget(
  call: IamCall,
  kind: "user" | "group",
  name: string,
  to: { readonly name: string | undefined; readonly path: string | undefined },
): Promise<Target> {
  const entity = await call.identities.reader.findByName(kind, call.accountId, name);
  const path = to.path ?? entity?.path ?? "/";
  const target = await holderTarget(call, kind, name);
  return { ...target, also: newTarget(call, { kind, path, name: to.name ?? name }) };
}

export async function policyTarget(call: IamCall, policyArn: string): Promise<Target> {
  const spoken = `policy ${policyArn}`;
  if (findAwsManagedPolicy(policyArn) !== null) return { arn: policyArn, spoken };
  const policy = await call.identities.findPolicy(call.accountId, policyArn);
  return { arn: policyArn, spoken, ...(policy === null ? {} : { tags: policy.tags }) };
}

export async function providerTarget(call: IamCall, arn: string, issuer: string): Promise<Target> {
  const provider = await call.identities.reader.findOidcProvider(call.accountId, issuer);
  return { arn, spoken: arn, ...(provider === null ? {} : { tags: provider.tags }) };
}

export function newProviderTarget(call: IamCall, issuer: string, requestTags: readonly Tag[]): Target {
  const arn = oidcProviderArn({ accountId: call.accountId, issuer });
  return { arn, spoken: arn, requestTags };
}

/** All users, groups or roles below a path: what the listings are about. */
export function listTarget(call: IamCall, kind: Holder, pathPrefix = "/"): Target {
  const arn = `arn:aws:iam::${call.accountId}:${kind}${pathPrefix}`;
  return { arn, spoken: arn };
}

export function policiesTarget(call: IamCall, pathPrefix = "/"): Target {
  return { arn: `arn:aws:iam::${call.accountId}:policy${pathPrefix}`, spoken: `policy path ${pathPrefix}` };
}

/** Operations that are about no resource of their own. */
export const NO_RESOURCE: Target = { arn: "*", spoken: "*" };
