import type { KmsOperation } from "../kms-operation.ts";
import { cancelKeyDeletion } from "./cancel-key-deletion.ts";
import { connectCustomKeyStore } from "./connect-custom-key-store.ts";
import { createAlias } from "./create-alias.ts";
import { createCustomKeyStore } from "./create-custom-key-store.ts";
import { createGrant } from "./create-grant.ts";
import { createKey } from "./create-key.ts";
import { decapsulate } from "./decapsulate.ts";
import { decrypt } from "./decrypt.ts";
import { deleteAlias } from "./delete-alias.ts";
import { deleteCustomKeyStore } from "./delete-custom-key-store.ts";
import { deleteImportedKeyMaterial } from "./delete-imported-key-material.ts";
import { deriveSharedSecret } from "./derive-shared-secret.ts";
import { describeCustomKeyStores } from "./describe-custom-key-stores.ts";
import { describeKey } from "./describe-key.ts";
import { disableKey } from "./disable-key.ts";
import { disableKeyRotation } from "./disable-key-rotation.ts";
import { disconnectCustomKeyStore } from "./disconnect-custom-key-store.ts";
import { enableKey } from "./enable-key.ts";
import { enableKeyRotation } from "./enable-key-rotation.ts";
import { encapsulate } from "./encapsulate.ts";
import { encrypt } from "./encrypt.ts";
import { generateDataKey, generateDataKeyWithoutPlaintext } from "./generate-data-key.ts";
import { generateDataKeyPair, generateDataKeyPairWithoutPlaintext } from "./generate-data-key-pair.ts";
import { generateMac } from "./generate-mac.ts";
import { generateRandom } from "./generate-random.ts";
import { getKeyLastUsage } from "./get-key-last-usage.ts";
import { getKeyPolicy } from "./get-key-policy.ts";
import { getKeyRotationStatus } from "./get-key-rotation-status.ts";
import { getParametersForImport } from "./get-parameters-for-import.ts";
import { getPublicKey } from "./get-public-key.ts";
import { importKeyMaterial } from "./import-key-material.ts";
import { listAliases } from "./list-aliases.ts";
import { listGrants } from "./list-grants.ts";
import { listKeyPolicies } from "./list-key-policies.ts";
import { listKeyRotations } from "./list-key-rotations.ts";
import { listKeys } from "./list-keys.ts";
import { listResourceTags } from "./list-resource-tags.ts";
import { listRetirableGrants } from "./list-retirable-grants.ts";
import { putKeyPolicy } from "./put-key-policy.ts";
import { reEncrypt } from "./re-encrypt.ts";
import { replicateKey } from "./replicate-key.ts";
import { retireGrant } from "./retire-grant.ts";
import { revokeGrant } from "./revoke-grant.ts";
import { rotateKeyOnDemand } from "./rotate-key-on-demand.ts";
import { scheduleKeyDeletion } from "./schedule-key-deletion.ts";
import { sign } from "./sign.ts";
import { tagResource } from "./tag-resource.ts";
import { untagResource } from "./untag-resource.ts";
import { updateAlias } from "./update-alias.ts";
import { updateCustomKeyStore } from "./update-custom-key-store.ts";
import { updateKeyDescription } from "./update-key-description.ts";
import { updatePrimaryRegion } from "./update-primary-region.ts";
import { verify } from "./verify.ts";
import { verifyMac } from "./verify-mac.ts";

/** Every operation this service knows, as AWS names them. */
export const OPERATIONS: readonly KmsOperation[] = [
  cancelKeyDeletion,
  connectCustomKeyStore,
  createAlias,
  createCustomKeyStore,
  createGrant,
  createKey,
  decapsulate,
  decrypt,
  deleteAlias,
  deleteCustomKeyStore,
  deleteImportedKeyMaterial,
  deriveSharedSecret,
  describeCustomKeyStores,
  describeKey,
  disableKey,
  disableKeyRotation,
  disconnectCustomKeyStore,
  enableKey,
  enableKeyRotation,
  encapsulate,
  encrypt,
  generateDataKey,
  generateDataKeyPair,
  generateDataKeyPairWithoutPlaintext,
  generateDataKeyWithoutPlaintext,
  generateMac,
  generateRandom,
  getKeyLastUsage,
  getKeyPolicy,
  getKeyRotationStatus,
  getParametersForImport,
  getPublicKey,
  importKeyMaterial,
  listAliases,
  listGrants,
  listKeyPolicies,
  listKeyRotations,
  listKeys,
  listResourceTags,
  listRetirableGrants,
  putKeyPolicy,
  reEncrypt,
  replicateKey,
  retireGrant,
  revokeGrant,
  rotateKeyOnDemand,
  scheduleKeyDeletion,
  sign,
  tagResource,
  untagResource,
  updateAlias,
  updateCustomKeyStore,
  updateKeyDescription,
  updatePrimaryRegion,
  verify,
  verifyMac,
];

const byName = new Map(OPERATIONS.map((operation) => [operation.name, operation]));

export function findOperation(name: string): KmsOperation | null {
  return byName.get(name) ?? null;
}
