import { required, structure } from "@strongroom/wire";
import { NOT_DELETED, requireState } from "../../access/require-state.ts";
import { resolveKey } from "../../access/resolve-key.ts";
import { permitAlias, requireNewAlias } from "../../aliases/alias-rules.ts";
import { aliasArn } from "../../keys/key-id.ts";
import { KmsError } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { ALIAS_NAME, KEY_ID } from "../shapes.ts";

const INPUT = structure({ AliasName: required(ALIAS_NAME), TargetKeyId: required(KEY_ID) });
const MAX_ALIASES = 50;

export const createAlias = defineOperation("CreateAlias", INPUT, async (input, call) => {
  const { accountId, region } = call.caller;
  const { aliases, keys, clock } = call.services;
  const name = input.AliasName;
  requireNewAlias(name, input.TargetKeyId);
  const { key } = await resolveKey(call, input.TargetKeyId, "key", "CreateAlias");
  await permitAlias(call, "CreateAlias", name, [key]);
  const nowMs = clock.nowMs();
  await keys.update(region, key.record.keyId, async (fresh) => {
    requireState(fresh, nowMs, NOT_DELETED);
    if ((await aliases.find(accountId, region, name)) !== null) {
      throw new KmsError(
        "AlreadyExistsException",
        `An alias with the name ${aliasArn(region, accountId, name)} already exists`,
      );
    }
    if (fresh.record.aliases.length >= MAX_ALIASES) {
      throw new KmsError("LimitExceededException", "The key has as many aliases as a key may have.");
    }
    const alias = { name, targetKeyId: fresh.record.keyId, createdMs: nowMs, updatedMs: nowMs };
    return {
      record: { ...fresh.record, aliases: [...fresh.record.aliases, name] },
      changes: [aliases.changeOf(accountId, region, name, alias)],
      checks: [aliases.checkOf(accountId, region, name, null)],
    };
  });
  return undefined;
});
