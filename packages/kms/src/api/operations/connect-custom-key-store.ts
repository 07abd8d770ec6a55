import { authorizeAction } from "../../access/authorize.ts";
import { storeNotFound } from "../../key-stores/custom-key-stores.ts";
import { placeIn, STORE_ONLY, wrongState } from "../custom-key-store-shapes.ts";
import { defineOperation } from "../kms-operation.ts";

/** As with AWS, a refusal of the device is no error here: DescribeCustomKeyStores tells it. */
export const connectCustomKeyStore = defineOperation(
  "ConnectCustomKeyStore",
  STORE_ONLY,
  async (input, call) => {
    await authorizeAction(call, "ConnectCustomKeyStore");
    const stores = call.services.customKeyStores;
    const place = placeIn(call.caller, input.CustomKeyStoreId);
    const store = await stores.find(place);
    if (store === null) throw storeNotFound();
    if (store.state === "FAILED") throw wrongState(store, "DisconnectCustomKeyStore comes first.");
    if (store.state === "DISCONNECTED") await stores.connect(place, store);
    return {};
  },
);
