import { authorizeAction } from "../../access/authorize.ts";
import { storeNotFound } from "../../key-stores/custom-key-stores.ts";
import { KmsError } from "../../kms-error.ts";
import { requireDisconnected, STORE_ONLY } from "../custom-key-store-shapes.ts";
import { defineOperation } from "../kms-operation.ts";

/** Only of a store that no key needs any more, those that wait for their deletion among them. */
export const deleteCustomKeyStore = defineOperation(
  "DeleteCustomKeyStore",
  STORE_ONLY,
  async (input, call) => {
    await authorizeAction(call, "DeleteCustomKeyStore");
    const { accountId, region } = call.caller;
    const { CustomKeyStoreId: id } = input;
    await call.services.customKeyStores.update(accountId, region, (stores) => {
      const store = stores.find((each) => each.id === id);
      if (store === undefined) throw storeNotFound();
      requireDisconnected(store);
      if (store.keyCount > 0) {
        throw new KmsError(
          "CustomKeyStoreHasCMKsException",
          `The custom key store ${id} has ${store.keyCount} keys: schedule their deletion and wait until they are gone.`,
        );
      }
      return stores.filter((each) => each !== store);
    });
    return {};
  },
);
