import { element, encodeUri, memberList, type XmlElement } from "@strongroom/wire";
import type { AwsManagedPolicy } from "../identities/aws-managed-policies.ts";
import {
  arnOf,
  type Group,
  type ManagedPolicy,
  type PolicyVersion,
  type Role,
  type Tag,
  type User,
} from "../identities/entities.ts";

type Elements = readonly (XmlElement | undefined)[];

/** `2026-05-08T23:34:01Z`: IAM prints whole seconds. */
export function printDate(name: string, timeMs: number): XmlElement {
  return element(name, new Date(timeMs).toISOString().replace(/\.\d{3}Z$/, "Z"));
}

/** Policies travel percent-encoded (RFC 3986) in answers. */
export function printDocument(name: string, document: string): XmlElement {
  return element(name, encodeUri(document, { keepSlash: false }));
}

export function printTags(tags: readonly Tag[]): XmlElement {
  return memberList("Tags", tags, ({ key, value }) => [element("Key", key), element("Value", value)]);
}

function printBoundary(boundary: string | null): XmlElement | undefined {
  if (boundary === null) return undefined;
  return element("PermissionsBoundary", [
    element("PermissionsBoundaryType", "Policy"),
    element("PermissionsBoundaryArn", boundary),
  ]);
}

/** Tags are shown where one entity is spoken of, and not in listings. */
export interface EntityView {
  readonly withTags: boolean;
  /** Listings leave it out. */
  readonly withBoundary?: boolean;
}

const shownTags = (tags: readonly Tag[], { withTags }: EntityView): XmlElement | undefined =>
  withTags && tags.length > 0 ? printTags(tags) : undefined;

export function printUser(user: User, view: EntityView): Elements {
  return [
    element("Path", user.path),
    element("UserName", user.name),
    element("UserId", user.id),
    element("Arn", arnOf(user)),
    printDate("CreateDate", user.createdMs),
    view.withBoundary === false ? undefined : printBoundary(user.boundary),
    shownTags(user.tags, view),
  ];
}

export function printGroup(group: Group): Elements {
  return [
    element("Path", group.path),
    element("GroupName", group.name),
    element("GroupId", group.id),
    element("Arn", arnOf(group)),
    printDate("CreateDate", group.createdMs),
  ];
}

/** As CreateRole answers. */
export function printNewRole(role: Role): Elements {
  return [
    element("Path", role.path),
    element("RoleName", role.name),
    element("RoleId", role.id),
    element("Arn", arnOf(role)),
    printDate("CreateDate", role.createdMs),
    printDocument("AssumeRolePolicyDocument", role.trustPolicy),
    printBoundary(role.boundary),
    shownTags(role.tags, { withTags: true }),
  ];
}

export function printRole(role: Role, view: EntityView): Elements {
  const settings: Elements = [
    role.description === null ? undefined : element("Description", role.description),
    element("MaxSessionDuration", role.maxSessionDurationSeconds),
  ];
  const shown = printNewRole(view.withBoundary === false ? { ...role, boundary: null } : role);
  const named = view.withTags ? shown : shown.filter((part) => part?.name !== "Tags");
  return [...named, ...settings, view.withTags ? element("RoleLastUsed", []) : undefined];
}

/** As GetPolicy answers; listings leave description and tags out. */
export function printPolicy(policy: ManagedPolicy, view: EntityView): Elements {
  return [
    element("PolicyName", policy.name),
    element("PolicyId", policy.id),
    element("Arn", arnOf(policy)),
    element("Path", policy.path),
    element("DefaultVersionId", policy.defaultVersionId),
    element("AttachmentCount", policy.attachmentCount),
    element("PermissionsBoundaryUsageCount", policy.boundaryCount),
    element("IsAttachable", true),
    view.withTags && policy.description !== null ? element("Description", policy.description) : undefined,
    printDate("CreateDate", policy.createdMs),
    printDate("UpdateDate", policy.updatedMs),
    shownTags(policy.tags, view),
  ];
}

export interface AwsPolicyUse {
  readonly attachmentCount: number;
  readonly boundaryCount: number;
}

export function printAwsPolicy(policy: AwsManagedPolicy, use: AwsPolicyUse, view: EntityView): Elements {
  return [
    element("PolicyName", policy.name),
    element("PolicyId", policy.id),
    element("Arn", policy.arn),
    element("Path", policy.path),
    element("DefaultVersionId", policy.versionId),
    element("AttachmentCount", use.attachmentCount),
    element("PermissionsBoundaryUsageCount", use.boundaryCount),
    element("IsAttachable", true),
    view.withTags ? element("Description", policy.description) : undefined,
    printDate("CreateDate", policy.createdMs),
    printDate("UpdateDate", policy.createdMs),
  ];
}

export function printVersion(
  version: PolicyVersion,
  options: { readonly isDefault: boolean; readonly withDocument: boolean },
): Elements {
  return [
    options.withDocument ? printDocument("Document", version.document) : undefined,
    element("VersionId", version.versionId),
    element("IsDefaultVersion", options.isDefault),
    printDate("CreateDate", version.createdMs),
  ];
}

/** `<AttachedPolicies>`: names and ARNs. */
export function printAttached(name: string, arns: readonly string[]): XmlElement {
  return memberList(name, arns, (arn) => [
    element("PolicyName", arn.slice(arn.lastIndexOf("/") + 1)),
    element("PolicyArn", arn),
  ]);
}
