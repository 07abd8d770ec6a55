import { integer, required, structure } from "@strongroom/wire";
import { changeKey } from "../../access/change-key.ts";
import { NOT_DELETED } from "../../access/require-state.ts";
import { stateOf } from "../../keys/kms-key.ts";
import { MS_PER_DAY } from "../../keys/periods.ts";
import { invalid } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ID } from "../shapes.ts";

const INPUT = structure({ KeyId: required(KEY_ID), PendingWindowInDays: integer({ min: 1, max: 365 }) });
const MIN_DAYS = 7;
const MAX_DAYS = 30;

export const scheduleKeyDeletion = defineOperation("ScheduleKeyDeletion", INPUT, async (input, call) => {
  const days = input.PendingWindowInDays ?? MAX_DAYS;
  if (days < MIN_DAYS || days > MAX_DAYS) {
    throw invalid(`PendingWindowInDays must be between ${MIN_DAYS} and ${MAX_DAYS} (inclusive).`);
  }
  const key = await changeKey(
    call,
    {
      keyId: input.KeyId,
      action: "ScheduleKeyDeletion",
      states: NOT_DELETED,
      tellsIdleDays: true,
      conditions: { schedulekeydeletionpendingwindowindays: days },
    },
    ({ record, set }, nowMs) => {
      // A primary waits until its last replica is gone; its own window begins then.
      const waits = set.primaryRegion === record.region && set.replicaRegions.length > 0;
      return {
        record: waits
          ? { ...record, pendingWindowDays: days }
          : { ...record, deletionMs: nowMs + days * MS_PER_DAY },
      };
    },
  );
  const { deletionMs } = key.record;
  return {
    KeyId: key.arn,
    DeletionDate: deletionMs === undefined ? undefined : new Date(deletionMs),
    KeyState: stateOf(key, call.services.clock.nowMs()),
    PendingWindowInDays: days,
  };
});
