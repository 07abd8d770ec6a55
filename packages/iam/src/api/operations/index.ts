import { ABSENT_OPERATIONS } from "../absent-listings.ts";
import type { IamOperation } from "../operation.ts";
import { addClientIdToOpenIdConnectProvider } from "./add-client-id-to-open-id-connect-provider.ts";
import { addUserToGroup } from "./add-user-to-group.ts";
import { attachGroupPolicy } from "./attach-group-policy.ts";
import { attachRolePolicy } from "./attach-role-policy.ts";
import { attachUserPolicy } from "./attach-user-policy.ts";
import { createAccessKey } from "./create-access-key.ts";
import { createAccountAlias } from "./create-account-alias.ts";
import { createGroup } from "./create-group.ts";
import { createOpenIdConnectProvider } from "./create-open-id-connect-provider.ts";
import { createPolicy } from "./create-policy.ts";
import { createPolicyVersion } from "./create-policy-version.ts";
import { createRole } from "./create-role.ts";
import { createUser } from "./create-user.ts";
import { deleteAccessKey } from "./delete-access-key.ts";
import { deleteAccountAlias } from "./delete-account-alias.ts";
import { deleteGroup } from "./delete-group.ts";
import { deleteGroupPolicy } from "./delete-group-policy.ts";
import { deleteOpenIdConnectProvider } from "./delete-open-id-connect-provider.ts";
import { deletePolicy } from "./delete-policy.ts";
import { deletePolicyVersion } from "./delete-policy-version.ts";
import { deleteRole } from "./delete-role.ts";
import { deleteRolePermissionsBoundary } from "./delete-role-permissions-boundary.ts";
import { deleteRolePolicy } from "./delete-role-policy.ts";
import { deleteUser } from "./delete-user.ts";
import { deleteUserPermissionsBoundary } from "./delete-user-permissions-boundary.ts";
import { deleteUserPolicy } from "./delete-user-policy.ts";
import { detachGroupPolicy } from "./detach-group-policy.ts";
import { detachRolePolicy } from "./detach-role-policy.ts";
import { detachUserPolicy } from "./detach-user-policy.ts";
import { getAccessKeyLastUsed } from "./get-access-key-last-used.ts";
import { getAccountAuthorizationDetails } from "./get-account-authorization-details.ts";
import { getAccountSummary } from "./get-account-summary.ts";
import { getContextKeysForCustomPolicy } from "./get-context-keys-for-custom-policy.ts";
import { getContextKeysForPrincipalPolicy } from "./get-context-keys-for-principal-policy.ts";
import { getGroup } from "./get-group.ts";
import { getGroupPolicy } from "./get-group-policy.ts";
import { getOpenIdConnectProvider } from "./get-open-id-connect-provider.ts";
import { getPolicy } from "./get-policy.ts";
import { getPolicyVersion } from "./get-policy-version.ts";
import { getRole } from "./get-role.ts";
import { getRolePolicy } from "./get-role-policy.ts";
import { getUser } from "./get-user.ts";
import { getUserPolicy } from "./get-user-policy.ts";
import { listAccessKeys } from "./list-access-keys.ts";
import { listAccountAliases } from "./list-account-aliases.ts";
import { listAttachedGroupPolicies } from "./list-attached-group-policies.ts";
import { listAttachedRolePolicies } from "./list-attached-role-policies.ts";
import { listAttachedUserPolicies } from "./list-attached-user-policies.ts";
import { listEntitiesForPolicy } from "./list-entities-for-policy.ts";
import { listGroupPolicies } from "./list-group-policies.ts";
import { listGroups } from "./list-groups.ts";
import { listGroupsForUser } from "./list-groups-for-user.ts";
import { listOpenIdConnectProviderTags } from "./list-open-id-connect-provider-tags.ts";
import { listOpenIdConnectProviders } from "./list-open-id-connect-providers.ts";
import { listPolicies } from "./list-policies.ts";
import { listPolicyTags } from "./list-policy-tags.ts";
import { listPolicyVersions } from "./list-policy-versions.ts";
import { listRolePolicies } from "./list-role-policies.ts";
import { listRoleTags } from "./list-role-tags.ts";
import { listRoles } from "./list-roles.ts";
import { listUserPolicies } from "./list-user-policies.ts";
import { listUserTags } from "./list-user-tags.ts";
import { listUsers } from "./list-users.ts";
import { putGroupPolicy } from "./put-group-policy.ts";
import { putRolePermissionsBoundary } from "./put-role-permissions-boundary.ts";
import { putRolePolicy } from "./put-role-policy.ts";
import { putUserPermissionsBoundary } from "./put-user-permissions-boundary.ts";
import { putUserPolicy } from "./put-user-policy.ts";
import { removeClientIdFromOpenIdConnectProvider } from "./remove-client-id-from-open-id-connect-provider.ts";
import { removeUserFromGroup } from "./remove-user-from-group.ts";
import { setDefaultPolicyVersion } from "./set-default-policy-version.ts";
import { simulateCustomPolicy } from "./simulate-custom-policy.ts";
import { simulatePrincipalPolicy } from "./simulate-principal-policy.ts";
import { tagOpenIdConnectProvider } from "./tag-open-id-connect-provider.ts";
import { tagPolicy } from "./tag-policy.ts";
import { tagRole } from "./tag-role.ts";
import { tagUser } from "./tag-user.ts";
import { untagOpenIdConnectProvider } from "./untag-open-id-connect-provider.ts";
import { untagPolicy } from "./untag-policy.ts";
import { untagRole } from "./untag-role.ts";
import { untagUser } from "./untag-user.ts";
import { updateAccessKey } from "./update-access-key.ts";
import { updateAssumeRolePolicy } from "./update-assume-role-policy.ts";
import { updateGroup } from "./update-group.ts";
import { updateOpenIdConnectProviderThumbprint } from "./update-open-id-connect-provider-thumbprint.ts";
import { updateRole } from "./update-role.ts";
import { updateRoleDescription } from "./update-role-description.ts";
import { updateUser } from "./update-user.ts";

/** The table of operations, by name. */
export const OPERATIONS: ReadonlyMap<string, IamOperation> = new Map(
  [
    addClientIdToOpenIdConnectProvider,
    addUserToGroup,
    attachGroupPolicy,
    attachRolePolicy,
    attachUserPolicy,
    createAccessKey,
    createAccountAlias,
    createGroup,
    createOpenIdConnectProvider,
    createPolicy,
    createPolicyVersion,
    createRole,
    createUser,
    deleteAccessKey,
    deleteAccountAlias,
    deleteGroup,
    deleteGroupPolicy,
    deleteOpenIdConnectProvider,
    deletePolicy,
    deletePolicyVersion,
    deleteRole,
    deleteRolePermissionsBoundary,
    deleteRolePolicy,
    deleteUser,
    deleteUserPermissionsBoundary,
    deleteUserPolicy,
    detachGroupPolicy,
    detachRolePolicy,
    detachUserPolicy,
    getAccessKeyLastUsed,
    getAccountAuthorizationDetails,
    getAccountSummary,
    getContextKeysForCustomPolicy,
    getContextKeysForPrincipalPolicy,
    getGroup,
    getGroupPolicy,
    getOpenIdConnectProvider,
    getPolicy,
    getPolicyVersion,
    getRole,
    getRolePolicy,
    getUser,
    getUserPolicy,
    listAccessKeys,
    listAccountAliases,
    listAttachedGroupPolicies,
    listAttachedRolePolicies,
    listAttachedUserPolicies,
    listEntitiesForPolicy,
    listGroupPolicies,
    listGroups,
    listGroupsForUser,
    listOpenIdConnectProviderTags,
    listOpenIdConnectProviders,
    listPolicies,
    listPolicyTags,
    listPolicyVersions,
    listRolePolicies,
    listRoleTags,
    listRoles,
    listUserPolicies,
    listUserTags,
    listUsers,
    putGroupPolicy,
    putRolePermissionsBoundary,
    putRolePolicy,
    putUserPermissionsBoundary,
    putUserPolicy,
    removeClientIdFromOpenIdConnectProvider,
    removeUserFromGroup,
    setDefaultPolicyVersion,
    simulateCustomPolicy,
    simulatePrincipalPolicy,
    tagOpenIdConnectProvider,
    tagPolicy,
    tagRole,
    tagUser,
    untagOpenIdConnectProvider,
    untagPolicy,
    untagRole,
    untagUser,
    updateAccessKey,
    updateAssumeRolePolicy,
    updateGroup,
    updateOpenIdConnectProviderThumbprint,
    updateRole,
    updateRoleDescription,
    updateUser,
    ...ABSENT_OPERATIONS,
  ].map((operation) => [operation.name, operation]),
);
