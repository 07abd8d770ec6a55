import type { OutputValue } from "@strongroom/wire";
import { keyArn } from "./key-id.ts";
import { findAlgorithms, type KeyUsage } from "./key-spec.ts";
import { currentMaterial, type KmsKey, stateOf } from "./kms-key.ts";

/** The member in which an answer lists the algorithms of a usage. */
export const ALGORITHM_MEMBERS = {
  ENCRYPT_DECRYPT: "EncryptionAlgorithms",
  SIGN_VERIFY: "SigningAlgorithms",
  GENERATE_VERIFY_MAC: "MacAlgorithms",
  KEY_AGREEMENT: "KeyAgreementAlgorithms",
  ENCAPSULATE_DECAPSULATE: "EncapsulationAlgorithms",
} as const satisfies Record<KeyUsage, string>;

/** KeyMetadata, with exactly the members AWS answers for such a key (kms.md §1.5). */
export function printKeyMetadata(key: KmsKey, nowMs: number): { readonly [name: string]: OutputValue } {
  const { record, set } = key;
  const state = stateOf(key, nowMs);
  const current = currentMaterial(set);
  const isImported = set.origin === "EXTERNAL" && current?.sealed !== undefined && state !== "PendingImport";
  return {
    AWSAccountId: record.accountId,
    Arn: key.arn,
    CloudHsmClusterId: key.store?.clusterId,
    CreationDate: new Date(record.createdMs),
    CurrentKeyMaterialId: set.spec === "SYMMETRIC_DEFAULT" && key.store === null ? current?.id : undefined,
    CustomKeyStoreId: key.store?.id,
    CustomerMasterKeySpec: set.spec,
    DeletionDate: record.deletionMs === undefined ? undefined : new Date(record.deletionMs),
    Description: record.description,
    Enabled: state === "Enabled",
    [ALGORITHM_MEMBERS[set.usage]]: findAlgorithms(set.spec, set.usage) ?? [],
    ExpirationModel: isImported ? current.expirationModel : undefined,
    KeyId: record.keyId,
    KeyManager: record.manager,
    KeySpec: set.spec,
    KeyState: state,
    KeyUsage: set.usage,
    MultiRegion: set.isMultiRegion,
    MultiRegionConfiguration: set.isMultiRegion ? printRegions(key) : undefined,
    Origin: set.origin,
    PendingDeletionWindowInDays: record.pendingWindowDays,
    ValidTo: isImported && current.validToMs !== undefined ? new Date(current.validToMs) : undefined,
  };
}

function printRegions(key: KmsKey): { readonly [name: string]: OutputValue } {
  const { record, set } = key;
  const inRegion = (region: string) => ({
    Arn: keyArn(region, record.accountId, record.keyId),
    Region: region,
  });
  return {
    MultiRegionKeyType: set.primaryRegion === record.region ? "PRIMARY" : "REPLICA",
    PrimaryKey: inRegion(set.primaryRegion),
    ReplicaKeys: set.replicaRegions.map(inRegion),
  };
}
