import { structure } from "@strongroom/wire";
import { authorizeAction } from "../../access/authorize.ts";
import type { CustomKeyStore } from "../../key-stores/custom-key-store.ts";
import { storeNotFound } from "../../key-stores/custom-key-stores.ts";
import { invalid } from "../../kms-error.ts";
import { STORE_ID, STORE_NAME } from "../custom-key-store-shapes.ts";
import { defineOperation } from "../kms-operation.ts";
import { pageOf, printPage, readPage } from "../markers.ts";
import { LIMIT, MARKER } from "../shapes.ts";

const INPUT = structure({
  CustomKeyStoreId: STORE_ID,
  CustomKeyStoreName: STORE_NAME,
  Limit: LIMIT,
  Marker: MARKER,
});

export const describeCustomKeyStores = defineOperation(
  "DescribeCustomKeyStores",
  INPUT,
  async (input, call) => {
    await authorizeAction(call, "DescribeCustomKeyStores");
    const { accountId, region } = call.caller;
    const { CustomKeyStoreId: id, CustomKeyStoreName: name } = input;
    if (id !== undefined && name !== undefined)
      throw invalid("CustomKeyStoreId and CustomKeyStoreName cannot both be given.");
    const isNamed = id !== undefined || name !== undefined;
    const all = (await call.services.customKeyStores.list(accountId, region)).filter(
      (store) => (id === undefined || store.id === id) && (name === undefined || store.name === name),
    );
    if (isNamed && all.length === 0) throw storeNotFound();
    const list = ["custom-key-stores", accountId, region];
    const page = readPage(call, list, input, { standard: 100, max: 1000 });
    const { shown, ...rest } = printPage(
      call,
      list,
      page,
      pageOf(page, all, (store) => store.id),
      (store) => store.id,
    );
    return { CustomKeyStores: shown.map(printStore), ...rest };
  },
);

const printStore = (store: CustomKeyStore) => ({
  CloudHsmClusterId: store.clusterId,
  ConnectionErrorCode: store.errorCode,
  ConnectionState: store.state,
  CreationDate: new Date(store.createdMs),
  CustomKeyStoreId: store.id,
  CustomKeyStoreName: store.name,
  CustomKeyStoreType: "AWS_CLOUDHSM",
  TrustAnchorCertificate: store.trustAnchor,
});
