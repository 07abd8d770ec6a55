import type { KmsServices } from "../api/kms-services.ts";
import { destroyInStore, placeOf } from "../key-stores/stored-keys.ts";
import { finishDooming, withoutBytes } from "./import-material.ts";
import type { KeySetRecord } from "./key-record.ts";
import { isExpired, isGone, type KmsKey } from "./kms-key.ts";
import { MS_PER_DAY } from "./periods.ts";
import { abandonMaterials, isRotationDue, nextRotation, withNewMaterial } from "./rotate-key.ts";

/** What one pass did. */
export interface MaintenanceReport {
  readonly deletedKeys: number;
  readonly rotatedKeys: number;
  readonly expiredMaterials: number;
  readonly failures: number;
}

/** Hears what was met with a key. */
export type OfKey = (keyArn: string, error: unknown) => void;

/** Upkeep of one process: looks at every key, but only when a key changed since or one is due. */
export class Upkeep {
  readonly #services: KmsServices;
  #generation: string | null = null;
  #nextDueMs = 0;

  constructor(services: KmsServices) {
    this.#services = services;
  }

  /** See `maintainKeys`. */
  async run(onFailure: OfKey, onLeft: OfKey): Promise<MaintenanceReport> {
    const { records, clock, importTokens } = this.#services;
    await importTokens.eraseExpired(clock.nowMs());
    // Before the pass: what changes during it is looked at in the next one.
    const generation = await records.generation();
    if (generation === this.#generation && clock.nowMs() < this.#nextDueMs) {
      return { deletedKeys: 0, rotatedKeys: 0, expiredMaterials: 0, failures: 0 };
    }
    const { nextDueMs, ...report } = await maintainKeys(this.#services, onFailure, onLeft);
    this.#generation = generation;
    this.#nextDueMs = report.failures > 0 ? 0 : nextDueMs;
    return report;
  }
}

/**
 * Does what time asks for: deletes keys whose window is over, rotates those whose period is, erases imported material
 * that expired; `nextDueMs`: when the next of it comes. Each step can be cut short and is finished by the next pass; several processes may do it at once. One
 * key that fails does not stop the others [L-143]; `onFailure` hears of it. `onLeft` hears of a key that is gone and left its
 * device's key behind, of no use but there: that is not tried again.
 */
export async function maintainKeys(
  services: KmsServices,
  onFailure: OfKey,
  onLeft: OfKey,
): Promise<MaintenanceReport & { readonly nextDueMs: number }> {
  const report = { deletedKeys: 0, rotatedKeys: 0, expiredMaterials: 0, failures: 0, nextDueMs: Infinity };
  for await (const key of services.keys.all()) {
    try {
      const nowMs = services.clock.nowMs();
      report.nextDueMs = Math.min(report.nextDueMs, ...dueTimes(key));
      if (isGone(key.record, nowMs)) {
        await deleteKey(services, key, onLeft);
        report.deletedKeys += 1;
        continue;
      }
      if (await rotateWhenDue(services, key, nowMs)) report.rotatedKeys += 1;
      report.expiredMaterials += await eraseExpired(services, key, nowMs);
      await finishDooming(services, key);
    } catch (error) {
      report.failures += 1;
      onFailure(key.arn, error);
    }
  }
  return report;
}

/** When something is to be done about a key as it is now. What was done already counts again, once. */
function dueTimes({ record, set }: KmsKey): readonly number[] {
  const expiries = set.materials.map(({ sealed, validToMs }) =>
    sealed === undefined ? undefined : validToMs,
  );
  const isRotating = record.isEnabled && set.primaryRegion === record.region;
  const times = [record.deletionMs, isRotating ? set.nextRotationMs : undefined, ...expiries];
  return times.filter((time) => time !== undefined);
}

async function rotateWhenDue(services: KmsServices, key: KmsKey, nowMs: number): Promise<boolean> {
  if (!isRotationDue(key, nowMs)) return false;
  await services.keys.update(key.record.region, key.record.keyId, async (fresh) => {
    if (!isRotationDue(fresh, nowMs)) return null;
    const set = await withNewMaterial(services, fresh, "AUTOMATIC", nowMs);
    return {
      set: { ...set, nextRotationMs: nextRotation(set, nowMs) },
      abandon: () => abandonMaterials(services, fresh.set, set),
    };
  });
  return true;
}

async function eraseExpired(services: KmsServices, key: KmsKey, nowMs: number): Promise<number> {
  const expired = (set: KeySetRecord) =>
    set.materials.filter((material) => material.sealed !== undefined && isExpired(material, nowMs));
  const count = expired(key.set).length;
  if (count === 0) return 0;
  const changed = await services.keys.update(key.record.region, key.record.keyId, ({ set }) => {
    const gone = expired(set);
    return gone.length === 0 ? null : { set: withoutBytes(set, gone) };
  });
  if (changed !== null) await finishDooming(services, changed);
  return count;
}

/**
 * The end of a key. The erasable secrets go first: from then on nothing opens what the key sealed, whatever else
 * survives. Then the key in a device, grants, and the records. The last region of a key takes the materials with it.
 */
async function deleteKey(services: KmsServices, key: KmsKey, onLeft: OfKey): Promise<void> {
  const { record, set } = key;
  const others = [set.primaryRegion, ...set.replicaRegions].filter((region) => region !== record.region);
  if (others.length === 0) {
    await services.materials.erase(set.keyId, set.materials);
    await services.materials.eraseSecrets(set.doomedSecrets ?? []);
  }
  services.materials.forget(set.keyId);
  if (key.store !== null) await destroyInStore(services, key, onLeft);
  const CHUNK = 200;
  const grants = await services.grants.ofKey(key);
  for (let start = 0; start < grants.length; start += CHUNK) {
    const chunk = grants.slice(start, start + CHUNK);
    await services.records.commit(
      chunk.flatMap((grant) => services.grants.changesOf(grant, "remove")),
      [],
    );
  }
  const remaining =
    others.length === 0
      ? null
      : { ...set, replicaRegions: set.replicaRegions.filter((region) => region !== record.region) };
  const counted = key.store === null ? null : await services.customKeyStores.counted(placeOf(key), -1);
  const changes = [
    ...record.aliases.map((name) => services.aliases.changeOf(record.accountId, record.region, name, null)),
    services.lastUsages.removalOf(record.region, record.keyId),
    ...(counted === null ? [] : [counted.change]),
  ];
  await services.keys.remove(key, remaining, changes, counted === null ? [] : [counted.check]);
  if (remaining !== null) await startWaitingPrimary(services, remaining);
}

/** A primary that was to be deleted waits for its replicas; when the last is gone, its own window begins. */
async function startWaitingPrimary(services: KmsServices, set: KeySetRecord): Promise<void> {
  if (set.replicaRegions.length > 0) return;
  await services.keys.update(set.primaryRegion, set.keyId, ({ record }) => {
    const days = record.pendingWindowDays;
    if (days === undefined) return null;
    const deletionMs = services.clock.nowMs() + days * MS_PER_DAY;
    return { record: { ...record, pendingWindowDays: undefined, deletionMs } };
  });
}
