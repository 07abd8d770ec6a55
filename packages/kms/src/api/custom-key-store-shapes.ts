import { required, structure, text } from "@strongroom/wire";
import type { KmsCaller } from "../access/kms-caller.ts";
import type { CustomKeyStore } from "../key-stores/custom-key-store.ts";
import type { CustomKeyStores } from "../key-stores/custom-key-stores.ts";
import type { StorePlace } from "../key-stores/open-devices.ts";
import { invalid, KmsError } from "../kms-error.ts";

export const STORE_ID = text({ min: 1, max: 64 });
export const STORE_ONLY = structure({ CustomKeyStoreId: required(STORE_ID) });
export const STORE_NAME = text({ min: 1, max: 256 });
export const CLUSTER_ID = text({ min: 19, max: 24, pattern: /^cluster-[2-7a-zA-Z]{11,16}$/ });
export const STORE_PASSWORD = text({ min: 7, max: 32, isSecret: true });

export const placeIn = ({ accountId, region }: KmsCaller, id: string): StorePlace => ({
  accountId,
  region,
  id,
});

/** Names are trimmed by AWS; one account has each once. */
export function checkStoreName(name: string, others: readonly CustomKeyStore[]): string {
  const trimmed = name.trim();
  if (trimmed === "") throw invalid("CustomKeyStoreName must not be blank.");
  if (others.some((store) => store.name === trimmed)) {
    throw new KmsError(
      "CustomKeyStoreNameInUseException",
      `There is a custom key store named ${trimmed} already: choose another name.`,
    );
  }
  return trimmed;
}

/** A cluster that the operator gave to this account and that no other of its stores has. */
export function checkCluster(
  clusterId: string,
  accountId: string,
  stores: CustomKeyStores,
  others: readonly CustomKeyStore[],
): void {
  if (!stores.devices.has(clusterId, accountId)) {
    throw new KmsError(
      "CloudHsmClusterNotFoundException",
      `There is no cluster ${clusterId} for this account: the server's setting hsm-clusters names those that there are.`,
    );
  }
  if (others.some((store) => store.clusterId === clusterId)) {
    throw new KmsError(
      "CloudHsmClusterInUseException",
      `Another custom key store has the cluster ${clusterId} already.`,
    );
  }
}

export function requireDisconnected(store: CustomKeyStore): void {
  if (store.state !== "DISCONNECTED") throw wrongState(store, "DisconnectCustomKeyStore comes first.");
}

export const wrongState = (store: CustomKeyStore, remedy: string): KmsError =>
  new KmsError(
    "CustomKeyStoreInvalidStateException",
    `The custom key store ${store.id} is ${store.state}: ${remedy}`,
  );
