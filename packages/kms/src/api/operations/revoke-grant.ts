import { required, structure, text } from "@strongroom/wire";
import { inspectKey } from "../../access/change-key.ts";
import { answerDryRun } from "../../access/use-key.ts";
import { removeGrant } from "../../grants/remove-grant.ts";
import { KmsError } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { DRY_RUN, KEY_ID } from "../shapes.ts";

const INPUT = structure({
  KeyId: required(KEY_ID),
  GrantId: required(text({ min: 1, max: 128 })),
  DryRun: DRY_RUN,
});

export const revokeGrant = defineOperation("RevokeGrant", INPUT, async (input, call) => {
  const key = await inspectKey(call, input.KeyId, "RevokeGrant", {
    conditions: { grantisforawsresource: call.caller.viaService !== null },
  });
  const { region, keyId } = key.record;
  const grant = await call.services.grants.find(region, keyId, input.GrantId);
  if (grant === null) throw new KmsError("NotFoundException", `Grant ID ${input.GrantId} not found`);
  answerDryRun(input.DryRun);
  await removeGrant(call, grant);
  return undefined;
});
