import { keyArn } from "./key-id.ts";
import type { KeyRecord, KeySetRecord, MaterialRecord } from "./key-record.ts";

export type KeyState =
  | "Enabled"
  | "Disabled"
  | "PendingDeletion"
  | "PendingReplicaDeletion"
  | "PendingImport"
  | "Unavailable";

/** A key as it was read: immutable, and as old as its revisions. */
export interface KmsKey {
  readonly record: KeyRecord;
  readonly set: KeySetRecord;
  readonly arn: string;
  readonly recordRevision: string;
  readonly setRevision: string;
  /** null: no device has a part in it. */
  readonly store: KeyStoreFacts | null;
}

/** The custom key store that a key is in, as it was when the key was read. */
export interface KeyStoreFacts {
  readonly id: string;
  readonly clusterId: string;
  readonly isConnected: boolean;
}

export function toKmsKey(
  record: KeyRecord,
  set: KeySetRecord,
  revisions: { readonly record: string; readonly set: string },
  store: KeyStoreFacts | null = null,
): KmsKey {
  return {
    record,
    set,
    arn: keyArn(record.region, record.accountId, record.keyId),
    recordRevision: revisions.record,
    setRevision: revisions.set,
    store,
  };
}

/** Its deletion window is over: the key is as good as gone, whether or not it was cleared away yet. */
export function isGone(record: KeyRecord, nowMs: number): boolean {
  return record.deletionMs !== undefined && record.deletionMs <= nowMs;
}

export function isExpired(material: MaterialRecord, nowMs: number): boolean {
  return material.validToMs !== undefined && material.validToMs <= nowMs;
}

export function isUsable(material: MaterialRecord, nowMs: number): boolean {
  return material.sealed !== undefined && !isExpired(material, nowMs);
}

/** Pending deletion comes first, then a lack of material or of its device, then what the owner chose (kms.md §1.7). */
export function stateOf(key: KmsKey, nowMs: number): KeyState {
  const { record, set, store } = key;
  if (record.deletionMs !== undefined) return "PendingDeletion";
  if (record.pendingWindowDays !== undefined) return "PendingReplicaDeletion";
  if (set.origin === "EXTERNAL" && !hasAllMaterials(set, nowMs)) return "PendingImport";
  if (store?.isConnected === false) return "Unavailable";
  return record.isEnabled ? "Enabled" : "Disabled";
}

function hasAllMaterials(set: KeySetRecord, nowMs: number): boolean {
  const inUse = set.materials.filter((material) => material.state !== "PENDING_ROTATION");
  return inUse.length > 0 && inUse.every((material) => isUsable(material, nowMs));
}

export function currentMaterial(set: KeySetRecord): MaterialRecord | null {
  return set.materials.find((material) => material.state === "CURRENT") ?? null;
}

export function findMaterial(set: KeySetRecord, number: number): MaterialRecord | null {
  return set.materials.find((material) => material.number === number) ?? null;
}
