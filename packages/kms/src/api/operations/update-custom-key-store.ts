import { SecretBytes } from "@strongroom/base";
import { required, structure } from "@strongroom/wire";
import { authorizeAction } from "../../access/authorize.ts";
import {
  CLUSTER_ID,
  checkCluster,
  checkStoreName,
  placeIn,
  requireDisconnected,
  STORE_ID,
  STORE_NAME,
  STORE_PASSWORD,
} from "../custom-key-store-shapes.ts";
import { defineOperation } from "../kms-operation.ts";

const INPUT = structure({
  CustomKeyStoreId: required(STORE_ID),
  NewCustomKeyStoreName: STORE_NAME,
  KeyStorePassword: STORE_PASSWORD,
  CloudHsmClusterId: CLUSTER_ID,
});

/** A new cluster must have the keys of the old one: that is not looked at, and keys that it has not got fail. */
export const updateCustomKeyStore = defineOperation("UpdateCustomKeyStore", INPUT, async (input, call) => {
  await authorizeAction(call, "UpdateCustomKeyStore");
  const stores = call.services.customKeyStores;
  const place = placeIn(call.caller, input.CustomKeyStoreId);
  const { NewCustomKeyStoreName: name, CloudHsmClusterId: clusterId, KeyStorePassword: password } = input;
  using secret = password === undefined ? null : new SecretBytes(Buffer.from(password, "utf8"));
  const sealed = secret === null ? null : stores.sealPassword(place, secret);
  await stores.updateOne(place, (store, all) => {
    requireDisconnected(store);
    const others = all.filter((each) => each !== store);
    if (clusterId !== undefined) checkCluster(clusterId, place.accountId, stores, others);
    const opensAnew = clusterId !== undefined || sealed !== null;
    return {
      ...store,
      // Whoever is just connecting it does so with what it was: that must not count, nor stay open.
      connection: opensAnew ? store.connection + 1 : store.connection,
      name: name === undefined ? store.name : checkStoreName(name, others),
      clusterId: clusterId ?? store.clusterId,
      password: sealed ?? store.password,
    };
  });
  return {};
});
