import type { EntityKind } from "../identities/entity-reader.ts";
import type { IdentityTransaction } from "../identities/identity-transaction.ts";
import { IamApiError } from "./iam-api-error.ts";
import type { IamCall } from "./operation.ts";
import { QUOTAS } from "./quotas.ts";

const SPOKEN = {
  user: ["User", "UsersPerAccount", QUOTAS.usersPerAccount],
  group: ["Group", "GroupsPerAccount", QUOTAS.groupsPerAccount],
  role: ["Role", "RolesPerAccount", QUOTAS.rolesPerAccount],
  policy: ["Policy", "PoliciesPerAccount", QUOTAS.policiesPerAccount],
} as const;

/** Throws EntityAlreadyExists when the name, whatever its case, is taken by anything but `ownId`. */
export async function requireFreeName(
  transaction: IdentityTransaction,
  entity: { readonly kind: EntityKind; readonly accountId: string; readonly name: string },
  ownId: string | null = null,
): Promise<void> {
  const { kind, accountId, name } = entity;
  const id = await transaction.findId(kind, accountId, name);
  if (id === null || id === ownId) return;
  throw new IamApiError(
    "EntityAlreadyExists",
    kind === "policy"
      ? `A policy called ${name} already exists. Duplicate names are not allowed.`
      : `${SPOKEN[kind][0]} with name ${name} already exists.`,
  );
}

/** Throws LimitExceeded when the account has as many of the kind as it may. Several makers at once may pass it by one each. */
export async function requireRoom(call: IamCall, kind: EntityKind): Promise<void> {
  const [, quota, most] = SPOKEN[kind];
  const { accountId, identities } = call;
  if ((await identities.count(kind, accountId, most)) >= most) {
    throw new IamApiError("LimitExceeded", `Cannot exceed quota for ${quota}: ${most}`);
  }
}
