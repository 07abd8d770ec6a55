import { inspectKey } from "../../access/change-key.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ONLY } from "../shapes.ts";

export const getKeyLastUsage = defineOperation("GetKeyLastUsage", KEY_ONLY, async (input, call) => {
  const key = await inspectKey(call, input.KeyId, "GetKeyLastUsage");
  const { region, keyId, createdMs } = key.record;
  const usage = await call.services.lastUsages.find(region, keyId);
  return {
    KeyId: keyId,
    KeyLastUsage: usage === null ? {} : { Operation: usage.operation, Timestamp: new Date(usage.usedMs) },
    TrackingStartDate: new Date(createdMs),
    KeyCreationDate: new Date(createdMs),
  };
});
