import type { KmsServices } from "../api/kms-services.ts";
import type { KeySetRecord, MaterialRecord } from "./key-record.ts";
import type { KmsKey } from "./kms-key.ts";
import { MS_PER_DAY } from "./periods.ts";

export type RotationType = "AUTOMATIC" | "ON_DEMAND";

/** A set whose current material is new and random; the old ones go on opening what they sealed. */
export async function withNewMaterial(
  services: KmsServices,
  key: KmsKey,
  type: RotationType,
  nowMs: number,
): Promise<KeySetRecord> {
  const { set } = key;
  const number = Math.max(0, ...set.materials.map((material) => material.number)) + 1;
  const sealed = await services.materials.create(set.keyId, set.spec, number);
  const material: MaterialRecord = {
    ...sealed,
    number,
    createdMs: nowMs,
    state: "CURRENT",
    rotatedMs: nowMs,
    rotationType: type,
    expirationModel: undefined,
    validToMs: undefined,
    description: undefined,
  };
  return { ...set, materials: [...retired(set), material] };
}

/** A set whose imported, waiting material becomes current; null when none waits. */
export function withPendingMaterial(set: KeySetRecord, nowMs: number): KeySetRecord | null {
  const pending = set.materials.find((material) => material.state === "PENDING_ROTATION");
  if (pending === undefined) return null;
  const current = { ...pending, state: "CURRENT", rotatedMs: nowMs, rotationType: "ON_DEMAND" } as const;
  return { ...set, materials: retired(set).map((each) => (each.number === pending.number ? current : each)) };
}

function retired(set: KeySetRecord): readonly MaterialRecord[] {
  return set.materials.map((each) => (each.state === "CURRENT" ? { ...each, state: "NON_CURRENT" } : each));
}

/** Whether automatic rotation is due. Disabled keys wait until they are enabled again. */
export function isRotationDue(key: KmsKey, nowMs: number): boolean {
  const { record, set } = key;
  return (
    set.nextRotationMs !== undefined &&
    set.nextRotationMs <= nowMs &&
    set.origin === "AWS_KMS" &&
    set.primaryRegion === record.region &&
    record.isEnabled &&
    record.deletionMs === undefined &&
    record.pendingWindowDays === undefined
  );
}

export function nextRotation(set: KeySetRecord, nowMs: number): number | undefined {
  return set.rotationPeriodDays === undefined ? undefined : nowMs + set.rotationPeriodDays * MS_PER_DAY;
}

/** Erases the secrets of materials that `made` has and `before` does not: of a change that was not applied. */
export async function abandonMaterials(
  services: KmsServices,
  before: KeySetRecord,
  made: KeySetRecord,
): Promise<void> {
  const kept = new Set(before.materials.map((material) => material.secretName));
  const names = made.materials.flatMap(({ secretName }) =>
    secretName === undefined || kept.has(secretName) ? [] : [secretName],
  );
  await services.materials.eraseSecrets(names);
}
