import { authorizeAction, authorizeKeyUse } from "../access/authorize.ts";
import type { KmsCall } from "../api/kms-operation.ts";
import { aliasArn } from "../keys/key-id.ts";
import type { KmsKey } from "../keys/kms-key.ts";
import { MANAGED_PREFIX } from "../keys/managed-key.ts";
import { invalid, KmsError } from "../kms-error.ts";

const PREFIX = "alias/";

export function requireAliasName(name: string): void {
  if (!name.startsWith(PREFIX) || name.length === PREFIX.length) {
    throw invalid(
      'Alias must start with the prefix "alias/". Please see ' +
        "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
    );
  }
}

/** AWS takes fewer characters than its model says, and names the mistake of pointing an alias to an alias. */
export function requireNewAlias(name: string, targetKeyId: string): void {
  requireAliasName(name);
  if (name.includes(":")) throw invalid(`${name} contains invalid characters for an alias`);
  if (targetKeyId.startsWith(PREFIX)) throw invalid("Aliases must refer to keys. Not aliases");
  requireUserAlias(name);
}

/** `alias/aws/…` belongs to the service. */
export function requireUserAlias(name: string): void {
  if (name.startsWith(MANAGED_PREFIX)) throw new KmsError("NotAuthorizedException", "");
}

/** Alias operations need the permission on the alias and on every key it points to, before and after. */
export async function permitAlias(
  call: KmsCall,
  action: "CreateAlias" | "UpdateAlias" | "DeleteAlias",
  name: string,
  keys: readonly KmsKey[],
): Promise<void> {
  const { accountId, region } = call.caller;
  await authorizeAction(call, action, aliasArn(region, accountId, name));
  for (const key of keys) await authorizeKeyUse(call, { action, key });
}
