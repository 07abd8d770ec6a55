import { required, structure } from "@strongroom/wire";
import { aliasNotFound } from "../../access/key-errors.ts";
import { findKey } from "../../access/resolve-key.ts";
import { permitAlias, requireAliasName, requireUserAlias } from "../../aliases/alias-rules.ts";
import { aliasArn } from "../../keys/key-id.ts";
import { defineOperation } from "../kms-operation.ts";
import { ALIAS_NAME } from "../shapes.ts";

const INPUT = structure({ AliasName: required(ALIAS_NAME) });

export const deleteAlias = defineOperation("DeleteAlias", INPUT, async (input, call) => {
  const { accountId, region } = call.caller;
  const { aliases, keys } = call.services;
  const name = input.AliasName;
  requireAliasName(name);
  requireUserAlias(name);
  const existing = await aliases.find(accountId, region, name);
  if (existing === null) throw aliasNotFound(aliasArn(region, accountId, name));
  const key = await findKey(call, region, existing.targetKeyId);
  await permitAlias(call, "DeleteAlias", name, key === null ? [] : [key]);
  await keys.update(region, existing.targetKeyId, async (fresh) => {
    const alias = await aliases.find(accountId, region, name);
    if (alias === null || alias.targetKeyId !== fresh.record.keyId) {
      throw aliasNotFound(aliasArn(region, accountId, name));
    }
    return {
      record: { ...fresh.record, aliases: fresh.record.aliases.filter((each) => each !== name) },
      changes: [aliases.changeOf(accountId, region, name, null)],
      checks: [aliases.checkOf(accountId, region, name, alias.revision)],
    };
  });
  return undefined;
});
