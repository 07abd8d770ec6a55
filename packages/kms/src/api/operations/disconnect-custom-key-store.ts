import { authorizeAction } from "../../access/authorize.ts";
import { placeIn, STORE_ONLY, wrongState } from "../custom-key-store-shapes.ts";
import { defineOperation } from "../kms-operation.ts";

export const disconnectCustomKeyStore = defineOperation(
  "DisconnectCustomKeyStore",
  STORE_ONLY,
  async (input, call) => {
    await authorizeAction(call, "DisconnectCustomKeyStore");
    const stores = call.services.customKeyStores;
    await stores.updateOne(placeIn(call.caller, input.CustomKeyStoreId), (store) => {
      if (store.state === "DISCONNECTED") throw wrongState(store, "there is nothing to disconnect.");
      return { ...store, state: "DISCONNECTED", errorCode: undefined };
    });
    stores.close(input.CustomKeyStoreId);
    return {};
  },
);
