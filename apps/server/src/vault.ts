import type { KeyObject } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type AuditKeys, deriveAuditKeys } from "@strongroom/audit";
import { systemClock } from "@strongroom/base";
import { AccountStore, IdentityStore } from "@strongroom/iam";
import { ROOT_RECORD_NAME, RootSeal, SseS3MasterKeys } from "@strongroom/kms";
import { LmdbIndex } from "@strongroom/store";
import type { Config } from "./config.ts";
import { dataFolder, isIndexMade, recordIndexMade } from "./folder/data-folder.ts";
import { slotAccess } from "./root/slot-access.ts";
import { ServerError } from "./server-error.ts";
import { ErasableFiles } from "./storage/erasable-files.ts";
import { IndexRecords } from "./storage/index-records.ts";
import { masterKeyRecords } from "./storage/master-key-records.ts";

/** An unsealed data folder: what every process over it needs, whether it serves or only looks something up. */
export interface Vault {
  readonly index: LmdbIndex;
  readonly records: IndexRecords;
  /** Seals small secrets beside the index's own sealing: access keys and the server's private keys. */
  readonly secretSealingKey: KeyObject;
  /** Seals session tokens and nothing else. */
  readonly sessionSealingKey: KeyObject;
  /** Under it lies everything the key service keeps. */
  readonly keyServiceKey: KeyObject;
  /** Of the audit trail: its records are sealed and its digests signed. */
  readonly auditKeys: AuditKeys;
  readonly accounts: AccountStore;
  readonly identities: IdentityStore;
  readonly masterKeys: SseS3MasterKeys;
  /** True in the process that made the root key: time to say where it is. */
  readonly isNew: boolean;
  close(): Promise<void>;
}

/**
 * Unseals the root and opens the index. `create: false` refuses a folder in which no server has run (NotInitialised)
 * instead of making one. Throws `RootSealError` with the way out in its message. Needs the data folder to exist.
 */
export async function openVault(
  config: Pick<Config, "dataDir" | "rootKeyFile"> & Partial<Pick<Config, "unsealWith">>,
  options: { readonly create: boolean },
): Promise<Vault> {
  const { dataDir, rootKeyFile, unsealWith = null } = config;
  if (!options.create && !existsSync(join(dataDir, ROOT_RECORD_NAME))) {
    throw new ServerError(
      "NotInitialised",
      "state",
      `no server has run on the data folder ${dataDir}: start one with "strongroom serve", or name the folder with --data-dir`,
    );
  }
  using root = await RootSeal.open({ dataDir, rootKeyFile, unsealWith, access: slotAccess });
  const folder = dataFolder(dataDir);
  const isMade = isIndexMade(folder);
  const index = await LmdbIndex.open({
    folder: folder.indexDir,
    sealingKey: root.keys.indexSealing.toKeyObject(),
    create: !isMade,
  });
  try {
    if (!isMade) recordIndexMade(folder);
    return await openRecords(root, index, folder.keysDir);
  } catch (error) {
    await index.close();
    throw error;
  }
}

/** What lies in the index and opens with the root's derived keys. */
async function openRecords(root: RootSeal, index: LmdbIndex, keysDir: string): Promise<Vault> {
  const records = new IndexRecords(index);
  const secretSealingKey = root.keys.credentialSealing.toKeyObject();
  const accounts = new AccountStore({ records, sealingKey: secretSealingKey, clock: systemClock });
  const identities = new IdentityStore({ records, sealingKey: secretSealingKey, clock: systemClock });
  const masterKeys = await SseS3MasterKeys.open({
    store: masterKeyRecords(records),
    secrets: new ErasableFiles(keysDir),
    sealingKey: root.keys.masterKeySealing,
    clock: systemClock,
  });
  return {
    index,
    records,
    secretSealingKey,
    sessionSealingKey: root.keys.sessionSealing.toKeyObject(),
    keyServiceKey: root.keys.keyServiceSealing.toKeyObject(),
    auditKeys: deriveAuditKeys(root.keys.auditSigningSeed.toKeyObject()),
    accounts,
    identities,
    masterKeys,
    isNew: root.isNew,
    close: () => index.close(),
  };
}
