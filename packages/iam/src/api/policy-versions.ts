import type { AwsManagedPolicy } from "../identities/aws-managed-policies.ts";
import { arnOf, type ManagedPolicy, type PolicyVersion } from "../identities/entities.ts";
import { noSuchEntity } from "./require-entity.ts";

export interface ShownVersion extends PolicyVersion {
  readonly isDefault: boolean;
}

/** Oldest first. AWS's policies have one version here. */
export function versionsOf(policy: ManagedPolicy | AwsManagedPolicy): readonly ShownVersion[] {
  if (policy.kind === "aws-policy") {
    const { versionId, document, createdMs } = policy;
    return [{ versionId, document, createdMs, isDefault: true }];
  }
  return policy.versions.map((version) => ({
    ...version,
    isDefault: version.versionId === policy.defaultVersionId,
  }));
}

/** Throws NoSuchEntity. */
export function requireVersion(policy: ManagedPolicy | AwsManagedPolicy, versionId: string): ShownVersion {
  const version = versionsOf(policy).find((each) => each.versionId === versionId);
  if (version !== undefined) return version;
  const arn = policy.kind === "policy" ? arnOf(policy) : policy.arn;
  throw noSuchEntity(`Policy ${arn} version ${versionId} does not exist or is not attachable.`);
}
