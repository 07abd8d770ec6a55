import type { KeyDevices } from "@strongroom/kms";
import { Pkcs11Error, Pkcs11Token } from "@strongroom/pkcs11";
import type { HsmCluster } from "../configuration/hsm-setting.ts";

/** The tokens that the setting `hsm-clusters` names. */
export function hsmDevices(clusters: readonly HsmCluster[]): KeyDevices {
  const byId = new Map(clusters.map((cluster) => [cluster.clusterId, cluster]));
  return {
    has: (clusterId, accountId) => byId.get(clusterId)?.accountId === accountId,
    open: async (clusterId, pin) => {
      const cluster = byId.get(clusterId);
      if (cluster === undefined)
        throw new Pkcs11Error("TokenMissing", `the setting hsm-clusters has no ${clusterId}`);
      const { modulePath, token } = cluster.uri;
      return Pkcs11Token.open({ modulePath, token, pin });
    },
  };
}
