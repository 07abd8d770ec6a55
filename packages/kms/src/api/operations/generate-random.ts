import { randomBytes } from "node:crypto";
import { integer, structure, text } from "@strongroom/wire";
import { authorizeAction } from "../../access/authorize.ts";
import { storeNotFound } from "../../key-stores/custom-key-stores.ts";
import { invalid } from "../../kms-error.ts";
import { placeIn, wrongState } from "../custom-key-store-shapes.ts";
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
    const stores = call.services.customKeyStores;
    const place = placeIn(call.caller, input.CustomKeyStoreId);
    const store = await stores.find(place);
    if (store === null) throw storeNotFound();
    if (store.state !== "CONNECTED") throw wrongState(store, "ConnectCustomKeyStore comes first.");
    const sizeBytes = input.NumberOfBytes;
    return { Plaintext: Buffer.from(await stores.use(place, (device) => device.random(sizeBytes))) };
  }
  return { Plaintext: randomBytes(input.NumberOfBytes) };
});
