import { SecretBytes } from "@strongroom/base";
import { oneOf, type ParsedAs, required, structure, text } from "@strongroom/wire";
import { authorizeAction } from "../../access/authorize.ts";
import { type CustomKeyStore, MAX_STORES, newCustomKeyStoreId } from "../../key-stores/custom-key-store.ts";
import { invalid, KmsError, unsupported } from "../../kms-error.ts";
import {
  CLUSTER_ID,
  checkCluster,
  checkStoreName,
  placeIn,
  STORE_NAME,
  STORE_PASSWORD,
} from "../custom-key-store-shapes.ts";
import { defineOperation, type KmsCall, type KmsOutput } from "../kms-operation.ts";

const INPUT = structure({
  CustomKeyStoreName: required(STORE_NAME),
  CustomKeyStoreType: oneOf(["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"]),
  CloudHsmClusterId: CLUSTER_ID,
  KeyStorePassword: STORE_PASSWORD,
  /** Kept and shown: the device's own module decides whom it trusts. */
  TrustAnchorCertificate: text({ min: 1, max: 5000 }),
});

/** It is not connected by this, so the password is not tried. */
export const createCustomKeyStore = defineOperation("CreateCustomKeyStore", INPUT, run);

async function run(input: ParsedAs<typeof INPUT>, call: KmsCall): Promise<KmsOutput> {
  const { caller, services } = call;
  const { accountId, region } = caller;
  await authorizeAction(call, "CreateCustomKeyStore");
  if (input.CustomKeyStoreType === "EXTERNAL_KEY_STORE")
    throw unsupported("External key stores (XKS proxies) are not supported: AWS_CLOUDHSM is.");
  const { CloudHsmClusterId: clusterId, KeyStorePassword: password } = input;
  if (clusterId === undefined || password === undefined)
    throw invalid(
      "CloudHsmClusterId and KeyStorePassword are required for a store of the type AWS_CLOUDHSM.",
    );
  const stores = services.customKeyStores;
  const id = newCustomKeyStoreId();
  using secret = new SecretBytes(Buffer.from(password, "utf8"));
  const sealed = stores.sealPassword(placeIn(caller, id), secret);
  await stores.update(accountId, region, (all): readonly CustomKeyStore[] => {
    const name = checkStoreName(input.CustomKeyStoreName, all);
    checkCluster(clusterId, accountId, stores, all);
    if (all.length >= MAX_STORES)
      throw new KmsError("LimitExceededException", `An account has at most ${MAX_STORES} custom key stores.`);
    const made: CustomKeyStore = {
      id,
      name,
      clusterId,
      trustAnchor: input.TrustAnchorCertificate,
      password: sealed,
      createdMs: services.clock.nowMs(),
      state: "DISCONNECTED",
      errorCode: undefined,
      connection: 0,
      keyCount: 0,
    };
    return [...all, made];
  });
  return { CustomKeyStoreId: id };
}
