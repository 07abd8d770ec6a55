import { element, memberList, type XmlElement } from "@strongroom/wire";
import type { Group, InlinePolicy, Role } from "../identities/entities.ts";
import type { UserDetail } from "./authorization-details.ts";
import type { ListedPolicy } from "./policy-listing.ts";
import { versionsOf } from "./policy-versions.ts";
import {
  printAttached,
  printAwsPolicy,
  printDocument,
  printGroup,
  printPolicy,
  printRole,
  printUser,
  printVersion,
} from "./print-entities.ts";

type Elements = readonly (XmlElement | undefined)[];

/** As GetAccountAuthorizationDetails shows each. */
export function printUserDetail({ user, groups }: UserDetail): Elements {
  return [
    ...printUser(user, { withTags: true }),
    printInline("UserPolicyList", user.inlinePolicies),
    memberList("GroupList", groups, ({ name }) => name),
    printAttached("AttachedManagedPolicies", user.attachedPolicies),
  ];
}

export function printGroupDetail(group: Group): Elements {
  return [
    ...printGroup(group),
    printInline("GroupPolicyList", group.inlinePolicies),
    printAttached("AttachedManagedPolicies", group.attachedPolicies),
  ];
}

export function printRoleDetail(role: Role): Elements {
  // This answer has neither of the two, though GetRole has.
  const absent = ["MaxSessionDuration", "Description"];
  return [
    ...printRole(role, { withTags: true }).filter((part) => !absent.includes(part?.name ?? "")),
    element("InstanceProfileList", []),
    printInline("RolePolicyList", role.inlinePolicies),
    printAttached("AttachedManagedPolicies", role.attachedPolicies),
  ];
}

export function printPolicyDetail(listed: ListedPolicy): Elements {
  const view = { withTags: false };
  const policy = listed.kind === "policy" ? listed : listed.policy;
  const versions = memberList("PolicyVersionList", versionsOf(policy), (version) =>
    printVersion(version, { isDefault: version.isDefault, withDocument: true }),
  );
  const parts =
    listed.kind === "policy"
      ? printPolicy(listed, { withTags: true })
      : printAwsPolicy(listed.policy, listed.use, view);
  return [...parts.filter((part) => part?.name !== "Tags"), versions];
}

function printInline(name: string, policies: readonly InlinePolicy[]): XmlElement {
  return memberList(name, policies, ({ policyName, document }) => [
    element("PolicyName", policyName),
    printDocument("PolicyDocument", document),
  ]);
}
