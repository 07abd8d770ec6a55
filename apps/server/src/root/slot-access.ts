import type { SlotAccess } from "@strongroom/kms";
import { Pkcs11Token } from "@strongroom/pkcs11";
import { variableOfProcess } from "../config.ts";
import { openAwsKms } from "./aws-kms.ts";

/** What slots of the root seal are opened with in this process. */
export const slotAccess: SlotAccess = {
  kms: openAwsKms,
  token: ({ modulePath, token }, pin) => Pkcs11Token.open({ modulePath, token, pin }),
  variable: variableOfProcess,
};
