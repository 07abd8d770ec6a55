import type { KmsServices } from "../api/kms-services.ts";
import type { KeyRecord, KeySetRecord } from "../keys/key-record.ts";
import type { KmsKey } from "../keys/kms-key.ts";
import { KmsError } from "../kms-error.ts";
import { storeNotFound } from "./custom-key-stores.ts";
import type { StorePlace } from "./open-devices.ts";

/** Where a key's device is. */
export function placeOf({ record, store }: KmsKey): StorePlace {
  return { accountId: record.accountId, region: record.region, id: store?.id ?? "" };
}

/**
 * Makes the device's key, under the id of ours as its label, and then ours. What a process that dies in between leaves
 * in the device opens nothing. Throws what `CustomKeyStores.use` throws, and CustomKeyStoreNotFoundException.
 */
export async function createInStore(
  services: KmsServices,
  place: StorePlace,
  record: KeyRecord,
  set: KeySetRecord,
): Promise<void> {
  const { customKeyStores: stores, keys, records } = services;
  await stores.use(place, (device) => device.createKey(record.keyId));
  try {
    await records.retry(async () => {
      const counted = await stores.counted(place, 1);
      if (counted === null) throw storeNotFound();
      if (await keys.create(record, set, { changes: [counted.change], checks: [counted.check] }))
        return { done: true };
      if ((await keys.find(record.region, record.keyId)) === null) return null;
      throw new KmsError("ConflictException", "The key id was taken; try again.");
    });
  } catch (error) {
    await stores.use(place, (device) => device.destroyKey(record.keyId)).catch(() => false);
    throw error;
  }
}

/**
 * Destroys the device's key of one whose own material is erased already, and so of no use. `onLeft` hears when the
 * device cannot be asked: the operator destroys it then.
 */
export async function destroyInStore(
  services: KmsServices,
  key: KmsKey,
  onLeft: (keyArn: string, error: unknown) => void,
): Promise<void> {
  try {
    await services.customKeyStores.use(placeOf(key), (device) => device.destroyKey(key.record.keyId));
  } catch (error) {
    onLeft(key.arn, error);
  }
}
