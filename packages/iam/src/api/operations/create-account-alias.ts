import { accountAliasKey, aliasOwnerKey } from "../../identities/entity-keys.ts";
import { ACCOUNT_ALIAS } from "../constraints.ts";
import { IamApiError } from "../iam-api-error.ts";
import { operation } from "../operation.ts";
import { NO_RESOURCE } from "../targets.ts";

/** An account has one alias at most: a second replaces the first. */
export const createAccountAlias = operation({
  name: "CreateAccountAlias",
  read: (input) => ({ alias: input.required("AccountAlias", ACCOUNT_ALIAS) }),
  target: () => NO_RESOURCE,
  run: (call, { alias }) =>
    call.identities.change(async (transaction) => {
      const { accountId } = call;
      const owner = await transaction.read(aliasOwnerKey(alias));
      if (owner !== null && Buffer.from(owner).toString() !== accountId) {
        throw new IamApiError("EntityAlreadyExists", `The account alias ${alias} already exists.`);
      }
      const before = await transaction.read(accountAliasKey(accountId));
      if (before !== null) transaction.write(aliasOwnerKey(Buffer.from(before).toString()), null);
      transaction.write(aliasOwnerKey(alias), Buffer.from(accountId));
      transaction.write(accountAliasKey(accountId), Buffer.from(alias));
      return null;
    }),
});
