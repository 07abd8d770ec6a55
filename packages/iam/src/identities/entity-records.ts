import type {
  Group,
  InlinePolicy,
  ManagedPolicy,
  OidcProvider,
  PolicyVersion,
  Role,
  Tag,
  User,
} from "./entities.ts";
import { RecordFields } from "./record-fields.ts";

/** Each decoder throws Malformed for anything but a record that `encodeRecord` wrote of its type. */
export function decodeUser(bytes: Uint8Array): User {
  const fields = RecordFields.parse(bytes);
  return {
    kind: "user",
    ...identityOf(fields),
    tags: tagsOf(fields),
    boundary: fields.textOrNull("boundary"),
    groupIds: fields.texts("groupIds"),
    accessKeyIds: fields.texts("accessKeyIds"),
  };
}

export function decodeGroup(bytes: Uint8Array): Group {
  const fields = RecordFields.parse(bytes);
  return { kind: "group", ...identityOf(fields), memberCount: fields.integer("memberCount") };
}

export function decodeRole(bytes: Uint8Array): Role {
  const fields = RecordFields.parse(bytes);
  return {
    kind: "role",
    ...identityOf(fields),
    tags: tagsOf(fields),
    boundary: fields.textOrNull("boundary"),
    description: fields.textOrNull("description"),
    maxSessionDurationSeconds: fields.integer("maxSessionDurationSeconds"),
    trustPolicy: fields.text("trustPolicy"),
  };
}

export function decodeManagedPolicy(bytes: Uint8Array): ManagedPolicy {
  const fields = RecordFields.parse(bytes);
  return {
    kind: "policy",
    ...namesOf(fields),
    updatedMs: fields.integer("updatedMs"),
    description: fields.textOrNull("description"),
    tags: tagsOf(fields),
    versions: fields.list("versions", versionOf),
    defaultVersionId: fields.text("defaultVersionId"),
    nextVersion: fields.integer("nextVersion"),
    attachmentCount: fields.integer("attachmentCount"),
    boundaryCount: fields.integer("boundaryCount"),
  };
}

export function decodeOidcProvider(bytes: Uint8Array): OidcProvider {
  const fields = RecordFields.parse(bytes);
  return {
    kind: "oidc-provider",
    accountId: fields.text("accountId"),
    issuer: fields.text("issuer"),
    createdMs: fields.integer("createdMs"),
    clientIds: fields.texts("clientIds"),
    thumbprints: fields.texts("thumbprints"),
    tags: tagsOf(fields),
  };
}

function namesOf(fields: RecordFields) {
  return {
    accountId: fields.text("accountId"),
    id: fields.text("id"),
    name: fields.text("name"),
    path: fields.text("path"),
    createdMs: fields.integer("createdMs"),
  };
}

function identityOf(fields: RecordFields) {
  return {
    ...namesOf(fields),
    inlinePolicies: fields.list("inlinePolicies", inlinePolicyOf),
    attachedPolicies: fields.texts("attachedPolicies"),
  };
}

function inlinePolicyOf(fields: RecordFields): InlinePolicy {
  return { policyName: fields.text("policyName"), document: fields.text("document") };
}

function versionOf(fields: RecordFields): PolicyVersion {
  return {
    versionId: fields.text("versionId"),
    document: fields.text("document"),
    createdMs: fields.integer("createdMs"),
  };
}

function tagsOf(fields: RecordFields): readonly Tag[] {
  return fields.list("tags", (tag) => ({ key: tag.text("key"), value: tag.text("value") }));
}
