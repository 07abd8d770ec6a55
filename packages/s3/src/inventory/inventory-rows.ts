import type { ObjectVersion, StoredVersion } from "@strongroom/store";
import { encodeUri, printIso8601 } from "@strongroom/wire";
import type { InventoryConfiguration, InventoryField } from "./inventory-configuration.ts";

/** Names of the columns, as a manifest gives them. */
export function inventorySchema({ versions, fields }: InventoryConfiguration): string {
  const ofVersions = versions === "All" ? ["VersionId", "IsLatest", "IsDeleteMarker"] : [];
  return ["Bucket", "Key", ...ofVersions, ...fields].join(", ");
}

/** One line of an inventory in CSV, every value in quotes; the key is percent-encoded. */
export function inventoryRow(
  { versions, fields }: InventoryConfiguration,
  bucket: string,
  version: ObjectVersion,
): string {
  const { objectKey, versionId, isLatest, kind } = version;
  const isMarker = kind === "delete-marker";
  const ofVersion =
    versions === "All" ? [versionId === "null" ? "" : versionId, String(isLatest), String(isMarker)] : [];
  const values = [
    bucket,
    encodeUri(objectKey, { keepSlash: false }),
    ...ofVersion,
    ...fields.map((field) => (isMarker ? ofMarker(field, version) : VALUES[field](version))),
  ];
  return `${values.map((value) => `"${value.replaceAll('"', '""')}"`).join(",")}\n`;
}

function ofMarker(field: InventoryField, { modifiedMs, ownerId }: ObjectVersion): string {
  if (field === "LastModifiedDate") return printIso8601(modifiedMs);
  return field === "ObjectOwner" ? ownerId : "";
}

const ENCRYPTION_STATUS = {
  "sse-s3": "SSE-S3",
  "sse-kms": "SSE-KMS",
  "dsse-kms": "DSSE-KMS",
  "sse-c": "SSE-C",
} as const;

const VALUES: Readonly<Record<InventoryField, (version: StoredVersion) => string>> = {
  Size: ({ sizeBytes }) => String(sizeBytes),
  LastModifiedDate: ({ modifiedMs }) => printIso8601(modifiedMs),
  StorageClass: ({ storageClass }) => storageClass,
  ETag: ({ etag }) => etag,
  IsMultipartUploaded: ({ partCount }) => String(partCount > 0),
  ReplicationStatus: () => "",
  EncryptionStatus: ({ encryption }) => ENCRYPTION_STATUS[encryption.scheme],
  ObjectLockRetainUntilDate: ({ retention }) =>
    retention === undefined || retention === null ? "" : printIso8601(retention.retainUntilMs),
  ObjectLockMode: ({ retention }) => retention?.mode ?? "",
  ObjectLockLegalHoldStatus: ({ legalHold }) =>
    legalHold === undefined || legalHold === null ? "" : legalHold ? "ON" : "OFF",
  IntelligentTieringAccessTier: () => "",
  BucketKeyStatus: ({ encryption }) =>
    encryption.scheme === "sse-kms" && encryption.bucketKey ? "ENABLED" : "DISABLED",
  ChecksumAlgorithm: ({ checksum }) => checksum?.algorithm ?? "",
  ObjectAccessControlList: () => "",
  ObjectOwner: ({ ownerId }) => ownerId,
};
