import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { SecretBytes, systemClock } from "@strongroom/base";
import { MasterKeyring } from "@strongroom/envelope";
import type { KeyService } from "@strongroom/kms";
import {
  composeKeyService,
  composeSystemKeys,
  openVault,
  SYSTEM_REQUESTER,
  systemKeyService,
  type Vault,
} from "@strongroom/server";
import {
  createObjectStore,
  DEFAULT_LIMITS,
  Encryptor,
  FileBlobStore,
  type ObjectStore,
  type RequestKeys,
} from "@strongroom/store";
import { CUSTOMER_KEY } from "../harness/schemes.ts";

/** Of the servers that made the folders. */
export const REGION = "us-east-1";

/** The engine over a data folder, without a server in front: a folder can be opened a thousand times a minute. */
export interface OpenedFolder {
  readonly store: ObjectStore;
  readonly keyService: KeyService;
  readonly identities: Vault["identities"];
  close(): Promise<void>;
}

export async function openDataFolder(dataDir: string, rootKeyFile: string): Promise<OpenedFolder> {
  const vault = await openVault({ dataDir, rootKeyFile }, { create: false });
  const config = { dataDir, keyRegions: [REGION], hsmClusters: [] };
  const keyring = new MasterKeyring(vault.masterKeys);
  const blobs = new FileBlobStore({
    folder: join(dataDir, "blobs"),
    incarnation: randomUUID(),
    isLive: () => false,
  });
  const store = createObjectStore({
    index: vault.index,
    blobs,
    clock: systemClock,
    limits: DEFAULT_LIMITS,
    encryptor: new Encryptor({
      masterKeyring: keyring,
      keyService: systemKeyService(composeSystemKeys(config, vault)),
      clock: systemClock,
    }),
    later: () => {},
  });
  const keyService = composeKeyService({ config, vault });
  return { store, keyService, identities: vault.identities, close: () => vault.close() };
}

/** What opens an object of any scheme: keys of the key service in the system's name, and with it the customer's. */
export const allKeys = (isCustomers: boolean): RequestKeys => ({
  requester: SYSTEM_REQUESTER,
  customerKey: isCustomers ? new SecretBytes(Buffer.from(CUSTOMER_KEY)) : null,
});
