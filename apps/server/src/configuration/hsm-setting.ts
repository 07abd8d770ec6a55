import { type Pkcs11Uri, parsePkcs11Uri } from "@strongroom/pkcs11";

/** A PKCS#11 token that an account may make a custom key store of. */
export interface HsmCluster {
  /** As AWS names clusters, since its clients check that. */
  readonly clusterId: string;
  readonly accountId: string;
  readonly uri: Pkcs11Uri;
}

const NAME = /^(cluster-[2-7a-zA-Z]{11,16})@(\d{12})$/;
const FORM = "cluster-XXXXXXXXXXX@ACCOUNT-ID=pkcs11:token=LABEL?module-path=FILE";

/** Separated by commas, each cluster once. The PIN comes with CreateCustomKeyStore, the labels of keys from their ids. */
export function parseHsmClusters(text: string): readonly HsmCluster[] {
  const clusters = text.split(",").map((entry): HsmCluster => {
    const at = entry.indexOf("=");
    const [, clusterId, accountId] = NAME.exec(entry.slice(0, Math.max(at, 0)).trim()) ?? [];
    if (clusterId === undefined || accountId === undefined)
      throw new RangeError(
        `expected ${FORM} separated by commas; the X are 11 to 16 letters and digits 2 to 7`,
      );
    const uri = parsePkcs11Uri(entry.slice(at + 1).trim());
    if (uri.object !== null || uri.pinSource !== null)
      throw new RangeError(`expected ${FORM}: neither object nor pin-source belongs there`);
    return { clusterId, accountId, uri };
  });
  if (new Set(clusters.map(({ clusterId }) => clusterId)).size < clusters.length)
    throw new RangeError("expected each cluster once");
  return clusters;
}
