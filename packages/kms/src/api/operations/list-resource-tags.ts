import { required, structure } from "@strongroom/wire";
import { inspectKey } from "../../access/change-key.ts";
import { defineOperation } from "../kms-operation.ts";
import { pageOf, printPage, readPage } from "../markers.ts";
import { KEY_ID, LIMIT, MARKER } from "../shapes.ts";

const INPUT = structure({ KeyId: required(KEY_ID), Limit: LIMIT, Marker: MARKER });

export const listResourceTags = defineOperation("ListResourceTags", INPUT, async (input, call) => {
  const key = await inspectKey(call, input.KeyId, "ListResourceTags");
  const list = ["tags", key.arn];
  const page = readPage(call, list, input, { standard: 50, max: 50 });
  const nameOf = (tag: { readonly TagKey: string }): string => tag.TagKey;
  const { shown, ...rest } = printPage(call, list, page, pageOf(page, key.record.tags, nameOf), nameOf);
  return { Tags: shown, ...rest };
});
