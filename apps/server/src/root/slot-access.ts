import type { SlotAccess } from "@strongroom/kms";
import { variableOfProcess } from "../config.ts";
import { openAwsKms } from "./aws-kms.ts";

/** What slots of the root seal are opened with in this process. */
export const slotAccess: SlotAccess = { kms: openAwsKms, variable: variableOfProcess };
