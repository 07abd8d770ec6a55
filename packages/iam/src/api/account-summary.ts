import { oidcProviderPrefix } from "../identities/entity-keys.ts";
import type { IamCall } from "./operation.ts";
import { listOwnPolicies } from "./policy-listing.ts";
import { QUOTAS } from "./quotas.ts";

/** What GetAccountSummary counts, in AWS's names; what this server does not have counts as none. */
export async function summarise(call: IamCall): Promise<readonly (readonly [string, number])[]> {
  const { accountId, identities } = call;
  const [users, groups, roles, policies, providers] = await Promise.all([
    identities.count("user", accountId, QUOTAS.usersPerAccount),
    identities.count("group", accountId, QUOTAS.groupsPerAccount),
    identities.count("role", accountId, QUOTAS.rolesPerAccount),
    listOwnPolicies(call),
    identities.records.list(oidcProviderPrefix(accountId)),
  ]);
  const versions = policies.reduce((sum, policy) => sum + policy.versions.length, 0);
  const summary = {
    Users: users,
    UsersQuota: QUOTAS.usersPerAccount,
    Groups: groups,
    GroupsQuota: QUOTAS.groupsPerAccount,
    Roles: roles,
    RolesQuota: QUOTAS.rolesPerAccount,
    Policies: policies.length,
    PoliciesQuota: QUOTAS.policiesPerAccount,
    PolicyVersionsInUse: versions,
    PolicyVersionsInUseQuota: QUOTAS.policiesPerAccount * QUOTAS.versionsPerPolicy,
    VersionsPerPolicyQuota: QUOTAS.versionsPerPolicy,
    PolicySizeQuota: QUOTAS.managedPolicySize,
    UserPolicySizeQuota: QUOTAS.userPolicySize,
    GroupPolicySizeQuota: QUOTAS.groupPolicySize,
    RolePolicySizeQuota: QUOTAS.rolePolicySize,
    AssumeRolePolicySizeQuota: QUOTAS.trustPolicySize,
    GroupsPerUserQuota: QUOTAS.groupsPerUser,
    AccessKeysPerUserQuota: QUOTAS.accessKeysPerUser,
    AttachedPoliciesPerUserQuota: QUOTAS.attachedPoliciesPerUser,
    AttachedPoliciesPerGroupQuota: QUOTAS.attachedPoliciesPerGroup,
    AttachedPoliciesPerRoleQuota: QUOTAS.attachedPoliciesPerRole,
    Providers: providers.length,
    // The root of every account has its keys here, which are the operator's.
    AccountAccessKeysPresent: 1,
    AccountMFAEnabled: 0,
    AccountPasswordPresent: 0,
    AccountSigningCertificatesPresent: 0,
    InstanceProfiles: 0,
    InstanceProfilesQuota: 0,
    MFADevices: 0,
    MFADevicesInUse: 0,
    ServerCertificates: 0,
    ServerCertificatesQuota: 0,
    SigningCertificatesPerUserQuota: 0,
    GlobalEndpointTokenVersion: 1,
  };
  return Object.entries(summary);
}
