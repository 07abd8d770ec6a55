import { required, structure } from "@strongroom/wire";
import { inspectKey } from "../../access/change-key.ts";
import { defineOperation } from "../kms-operation.ts";
import { readPage } from "../markers.ts";
import { KEY_ID, LIMIT, MARKER } from "../shapes.ts";
import { POLICY_NAME_DEFAULT } from "./get-key-policy.ts";

const INPUT = structure({ KeyId: required(KEY_ID), Limit: LIMIT, Marker: MARKER });

export const listKeyPolicies = defineOperation("ListKeyPolicies", INPUT, async (input, call) => {
  const key = await inspectKey(call, input.KeyId, "ListKeyPolicies");
  readPage(call, ["policies", key.arn], input, { standard: 100, max: 1000 });
  return { PolicyNames: [POLICY_NAME_DEFAULT], Truncated: false };
});
