import { required, structure } from "@strongroom/wire";
import { aliasNotFound } from "../../access/key-errors.ts";
import { NOT_DELETED, requireState } from "../../access/require-state.ts";
import { findKey, resolveKey } from "../../access/resolve-key.ts";
import { permitAlias, requireNewAlias } from "../../aliases/alias-rules.ts";
import { aliasArn } from "../../keys/key-id.ts";
import { kindOf } from "../../keys/key-spec.ts";
import type { KmsKey } from "../../keys/kms-key.ts";
import { invalid, KmsError } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { ALIAS_NAME, KEY_ID } from "../shapes.ts";

const INPUT = structure({ AliasName: required(ALIAS_NAME), TargetKeyId: required(KEY_ID) });
const MAX_ALIASES = 50;

export const updateAlias = defineOperation("UpdateAlias", INPUT, async (input, call) => {
  const { accountId, region } = call.caller;
  const { aliases, keys, clock } = call.services;
  const name = input.AliasName;
  requireNewAlias(name, input.TargetKeyId);
  const { key: target } = await resolveKey(call, input.TargetKeyId, "key", "UpdateAlias");
  const existing = await aliases.find(accountId, region, name);
  if (existing === null) throw aliasNotFound(aliasArn(region, accountId, name));
  const old = await findKey(call, region, existing.targetKeyId);
  await permitAlias(call, "UpdateAlias", name, old === null ? [target] : [old, target]);
  const nowMs = clock.nowMs();
  requireState(target, nowMs, NOT_DELETED);
  if (old !== null) requireAlike(old, target);
  await keys.update(region, target.record.keyId, async (fresh) => {
    requireState(fresh, nowMs, NOT_DELETED);
    const alias = await aliases.find(accountId, region, name);
    if (alias === null) throw aliasNotFound(aliasArn(region, accountId, name));
    if (alias.targetKeyId === fresh.record.keyId) return null;
    if (fresh.record.aliases.length >= MAX_ALIASES) {
      throw new KmsError("LimitExceededException", "The key has as many aliases as a key may have.");
    }
    const former = await keys.find(region, alias.targetKeyId);
    const without = former?.record.aliases.filter((each) => each !== name) ?? [];
    return {
      record: { ...fresh.record, aliases: [...fresh.record.aliases, name] },
      changes: [
        aliases.changeOf(accountId, region, name, {
          ...alias,
          targetKeyId: fresh.record.keyId,
          updatedMs: nowMs,
        }),
        ...(former === null ? [] : keys.changesOf({ ...former.record, aliases: without })),
      ],
      checks: [
        aliases.checkOf(accountId, region, name, alias.revision),
        ...(former === null ? [] : keys.checksOf(former)),
      ],
    };
  });
  return undefined;
});

function requireAlike(old: KmsKey, target: KmsKey): void {
  if (kindOf(old.set.spec) !== kindOf(target.set.spec) || old.set.usage !== target.set.usage) {
    throw invalid(
      "Alias cannot be changed to a KMS key of another type or with another key usage than the one it points to.",
    );
  }
}
