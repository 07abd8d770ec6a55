import { required, structure } from "@strongroom/wire";
import { authorizeKeyUse } from "../../access/authorize.ts";
import { resolveKey } from "../../access/resolve-key.ts";
import { printKeyMetadata } from "../../keys/key-metadata.ts";
import { defineOperation } from "../kms-operation.ts";
import { GRANT_TOKENS, KEY_ID } from "../shapes.ts";

const INPUT = structure({ KeyId: required(KEY_ID), GrantTokens: GRANT_TOKENS });

export const describeKey = defineOperation("DescribeKey", INPUT, async (input, call) => {
  const { key, alias } = await resolveKey(call, input.KeyId, "key-or-alias", "DescribeKey");
  await authorizeKeyUse(call, {
    action: "DescribeKey",
    key,
    alias,
    grantOperation: "DescribeKey",
    grantTokens: input.GrantTokens,
  });
  return { KeyMetadata: printKeyMetadata(key, call.services.clock.nowMs()) };
});
