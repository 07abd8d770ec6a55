import { accountAliasKey, aliasOwnerKey } from "../../identities/entity-keys.ts";
import { ACCOUNT_ALIAS } from "../constraints.ts";
import { operation } from "../operation.ts";
import { noSuchEntity } from "../require-entity.ts";
import { NO_RESOURCE } from "../targets.ts";

export const deleteAccountAlias = operation({
  name: "DeleteAccountAlias",
  read: (input) => ({ alias: input.required("AccountAlias", ACCOUNT_ALIAS) }),
  target: () => NO_RESOURCE,
  run: (call, { alias }) =>
    call.identities.change(async (transaction) => {
      const { accountId } = call;
      const current = await transaction.read(accountAliasKey(accountId));
      if (current === null || Buffer.from(current).toString() !== alias) {
        throw noSuchEntity(`The account alias with name ${alias} cannot be found.`);
      }
      transaction.write(aliasOwnerKey(alias), null);
      transaction.write(accountAliasKey(accountId), null);
      return null;
    }),
});
