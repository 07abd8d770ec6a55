import type { DeleteMarker, StoredVersion } from "../model.ts";
import type { MarkerRecord, PartLayout, VersionRecord } from "../records.ts";
import { versionIdOf } from "./version-chain.ts";

/** A record as callers see it: without keys, places and other insides. */
export function toStoredVersion(objectKey: string, record: VersionRecord, isLatest: boolean): StoredVersion {
  return {
    kind: "version",
    objectKey,
    versionId: versionIdOf(record),
    isLatest,
    modifiedMs: record.modifiedMs,
    ownerId: record.ownerId,
    sizeBytes: record.sizeBytes,
    etag: record.etag,
    checksum: record.checksum,
    encryption: record.encryption,
    partCount: "layout" in record.body ? countParts(record.body.layout) : 0,
    headers: record.headers,
    userMetadata: record.userMetadata,
    tags: record.tags,
    storageClass: record.storageClass,
    accessList: record.accessList ?? null,
    retention: record.retention ?? null,
    legalHold: record.legalHold ?? null,
    restoredUntilMs: record.restoredUntilMs ?? null,
  };
}

export function toDeleteMarker(objectKey: string, record: MarkerRecord, isLatest: boolean): DeleteMarker {
  return {
    kind: "delete-marker",
    objectKey,
    versionId: versionIdOf(record),
    isLatest,
    modifiedMs: record.modifiedMs,
    ownerId: record.ownerId,
  };
}

const countParts = (layout: PartLayout): number => layout.reduce((sum, [, count]) => sum + count, 0);
