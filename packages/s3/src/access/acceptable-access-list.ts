import type { RequestAccess } from "../auth/request-access.ts";
import { invalidArgument } from "../errors.ts";
import type { RequiredPermission } from "../operation.ts";
import { type AccessList, isPublicAccessList } from "./access-list.ts";

/**
 * Refuses a list that must not be stored: one that grants to the public where that is blocked (AccessDenied, as if
 * `permission` were missing), or to a user whom nobody knows (InvalidArgument).
 */
export async function requireAcceptable(
  list: AccessList,
  access: RequestAccess,
  permission: RequiredPermission,
): Promise<void> {
  if (access.settings.publicAccessBlock.blockPublicAcls && isPublicAccessList(list)) {
    throw await access.refusalOf(permission, "BlockPublicAcls");
  }
  await requireKnownGrantees(list, access);
}

/** Throws InvalidArgument. */
export async function requireKnownGrantees(
  list: AccessList,
  { findAccountId }: Pick<RequestAccess, "findAccountId">,
): Promise<void> {
  for (const { grantee } of list) {
    if (grantee.kind !== "user" || AMAZONS_OWN.has(grantee.canonicalUserId)) continue;
    if ((await findAccountId(grantee.canonicalUserId)) === null) {
      throw invalidArgument("Invalid id", "id", grantee.canonicalUserId);
    }
  }
}

/** Users of Amazon's that canned lists name; nobody comes as them here. */
const AMAZONS_OWN: ReadonlySet<string> = new Set([
  "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c",
]);
