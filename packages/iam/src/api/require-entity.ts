import { type AwsManagedPolicy, findAwsManagedPolicy } from "../identities/aws-managed-policies.ts";
import {
  arnOf,
  type Group,
  type ManagedPolicy,
  type OidcProvider,
  type Role,
  type User,
} from "../identities/entities.ts";
import type { EntityOfKind, EntityReader } from "../identities/entity-reader.ts";
import { IamApiError, validationError } from "./iam-api-error.ts";

export type HolderKind = "user" | "group" | "role";

/** Each throws NoSuchEntity. */
export async function requireHolder<Kind extends HolderKind>(
  reader: EntityReader,
  kind: Kind,
  accountId: string,
  name: string,
): Promise<EntityOfKind[Kind]> {
  const found = await reader.findByName(kind, accountId, name);
  if (found === null) throw noSuchEntity(`The ${kind} with name ${name} cannot be found.`);
  return found;
}

export function requireUser(reader: EntityReader, accountId: string, name: string): Promise<User> {
  return requireHolder(reader, "user", accountId, name);
}

export function requireGroup(reader: EntityReader, accountId: string, name: string): Promise<Group> {
  return requireHolder(reader, "group", accountId, name);
}

export function requireRole(reader: EntityReader, accountId: string, name: string): Promise<Role> {
  return requireHolder(reader, "role", accountId, name);
}

/** A policy of the account's own or one of AWS's; null when there is none. Throws ValidationError for no policy's ARN. */
export async function findPolicyByArn(
  reader: EntityReader,
  accountId: string,
  policyArn: string,
): Promise<ManagedPolicy | AwsManagedPolicy | null> {
  requirePolicyArn(policyArn);
  const awsPolicy = findAwsManagedPolicy(policyArn);
  if (awsPolicy !== null) return awsPolicy;
  const name = policyArn.slice(policyArn.lastIndexOf("/") + 1);
  const policy = await reader.findByName("policy", accountId, name);
  return policy !== null && arnOf(policy) === policyArn ? policy : null;
}

export async function requirePolicy(
  reader: EntityReader,
  accountId: string,
  policyArn: string,
): Promise<ManagedPolicy | AwsManagedPolicy> {
  const policy = await findPolicyByArn(reader, accountId, policyArn);
  if (policy === null) throw noSuchEntity(`Policy ${policyArn} was not found.`);
  return policy;
}

/** Throws AccessDenied for AWS's policies, which nobody may change. */
export async function requireOwnPolicy(
  reader: EntityReader,
  accountId: string,
  policyArn: string,
): Promise<ManagedPolicy> {
  const policy = await requirePolicy(reader, accountId, policyArn);
  if (policy.kind === "policy") return policy;
  throw new IamApiError("AccessDenied", `The policy ${policyArn} belongs to AWS and cannot be changed.`);
}

export async function requireAttachable(
  reader: EntityReader,
  accountId: string,
  policyArn: string,
): Promise<ManagedPolicy | AwsManagedPolicy> {
  const policy = await findPolicyByArn(reader, accountId, policyArn);
  if (policy === null) throw noSuchEntity(`Policy ${policyArn} does not exist or is not attachable.`);
  return policy;
}

const PROVIDER_ARN = /^arn:aws:iam::(\d{12}):oidc-provider\/(.+)$/;

/** The issuer that an OIDC provider's ARN names. Throws ValidationError. */
export function issuerOf(arn: string): string {
  const issuer = PROVIDER_ARN.exec(arn)?.[2];
  if (issuer === undefined) throw validationError(`Invalid ARN: ${arn}`);
  return issuer;
}

export async function requireProvider(
  reader: EntityReader,
  accountId: string,
  arn: string,
): Promise<OidcProvider> {
  const isOwn = PROVIDER_ARN.exec(arn)?.[1] === accountId;
  const provider = isOwn ? await reader.findOidcProvider(accountId, issuerOf(arn)) : null;
  if (provider === null) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
  return provider;
}

export function noSuchEntity(message: string): IamApiError {
  return new IamApiError("NoSuchEntity", message);
}

export function requirePolicyArn(policyArn: string): void {
  if (!/^arn:[^:]*:[^:]*:[^:]*:[^:]*:./.test(policyArn)) {
    throw validationError("Invalid ARN:  Could not be parsed!");
  }
  if (!/^arn:aws:iam::(?:\d{12}|aws):policy\/./.test(policyArn)) {
    throw validationError(`ARN ${policyArn} is not valid.`);
  }
}
