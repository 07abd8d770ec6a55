import { listOf, required, structure, text } from "@strongroom/wire";
import { changeKey } from "../../access/change-key.ts";
import { NOT_DELETED } from "../../access/require-state.ts";
import { requireUserTag } from "../../keys/tags.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ID } from "../shapes.ts";

const INPUT = structure({
  KeyId: required(KEY_ID),
  TagKeys: required(listOf(text({ min: 1, max: 128 }))),
});

export const untagResource = defineOperation("UntagResource", INPUT, async (input, call) => {
  const names = new Set(input.TagKeys);
  for (const name of names) requireUserTag(name);
  await changeKey(
    call,
    {
      keyId: input.KeyId,
      action: "UntagResource",
      states: NOT_DELETED,
      requestTags: input.TagKeys.map((TagKey) => ({ TagKey, TagValue: "" })),
    },
    ({ record }) => ({ record: { ...record, tags: record.tags.filter((tag) => !names.has(tag.TagKey)) } }),
  );
  return undefined;
});
