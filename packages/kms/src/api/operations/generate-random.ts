import { randomBytes } from "node:crypto";
import { integer, structure, text } from "@strongroom/wire";
import { authorizeAction } from "../../access/authorize.ts";
import { invalid, KmsError } from "../../kms-error.ts";
import { refuseRecipient } from "../encryption-parameters.ts";
import { defineOperation } from "../kms-operation.ts";
import { RECIPIENT } from "../shapes.ts";

const INPUT = structure({
  NumberOfBytes: integer({ min: 1, max: 1024 }),
  CustomKeyStoreId: text({ min: 1, max: 64 }),
  Recipient: RECIPIENT,
});

export const generateRandom = defineOperation("GenerateRandom", INPUT, async (input, call) => {
  refuseRecipient(input.Recipient);
  if (input.NumberOfBytes === undefined) throw invalid("NumberOfBytes is required.");
  await authorizeAction(call, "GenerateRandom");
  if (input.CustomKeyStoreId !== undefined) {
    throw new KmsError("CustomKeyStoreNotFoundException", "There is no such custom key store.");
  }
  return { Plaintext: randomBytes(input.NumberOfBytes) };
});
