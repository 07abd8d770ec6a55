import { required, structure } from "@strongroom/wire";
import { changeKey } from "../../access/change-key.ts";
import { NOT_DELETED } from "../../access/require-state.ts";
import { checkTags, mergeTags } from "../../keys/tags.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ID, TAGS } from "../shapes.ts";

const INPUT = structure({ KeyId: required(KEY_ID), Tags: required(TAGS) });

export const tagResource = defineOperation("TagResource", INPUT, async (input, call) => {
  const tags = checkTags(input.Tags);
  await changeKey(
    call,
    { keyId: input.KeyId, action: "TagResource", states: NOT_DELETED, requestTags: tags },
    ({ record }) => ({ record: { ...record, tags: mergeTags(record.tags, tags) } }),
  );
  return undefined;
});
