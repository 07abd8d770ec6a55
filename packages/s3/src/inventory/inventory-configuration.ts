/** Name of the configuration document that holds a bucket's inventories. */
export const INVENTORY_DOCUMENT = "inventory";

/** What a row of an inventory may tell, in S3's words and order; what there is none of here stays empty. */
export const INVENTORY_FIELDS = [
  "Size",
  "LastModifiedDate",
  "StorageClass",
  "ETag",
  "IsMultipartUploaded",
  "ReplicationStatus",
  "EncryptionStatus",
  "ObjectLockRetainUntilDate",
  "ObjectLockMode",
  "ObjectLockLegalHoldStatus",
  "IntelligentTieringAccessTier",
  "BucketKeyStatus",
  "ChecksumAlgorithm",
  "ObjectAccessControlList",
  "ObjectOwner",
] as const;
export type InventoryField = (typeof INVENTORY_FIELDS)[number];

export interface InventoryConfiguration {
  readonly id: string;
  readonly isEnabled: boolean;
  /** Object keys that begin with it. */
  readonly prefix: string;
  readonly versions: "All" | "Current";
  readonly frequency: "Daily" | "Weekly";
  readonly fields: readonly InventoryField[];
  readonly destination: {
    readonly bucket: string;
    /** null: the configuration does not say. */
    readonly accountId: string | null;
    readonly prefix: string;
    /** Whether it asks for SSE-S3 in as many words: what is delivered is under SSE-S3 either way. */
    readonly namesEncryption: boolean;
  };
}

const FORMAT = 1;

export function printStoredInventories(inventories: readonly InventoryConfiguration[]): string {
  return JSON.stringify({ format: FORMAT, inventories });
}

/** By id. Throws for a document this program never wrote. */
export function parseStoredInventories(document: string | undefined): readonly InventoryConfiguration[] {
  if (document === undefined) return [];
  const stored: unknown = JSON.parse(document);
  const { format, inventories }: Record<string, unknown> = { ...Object(stored) };
  if (format !== FORMAT || !Array.isArray(inventories)) {
    throw new TypeError("the inventories of a bucket have an unknown format");
  }
  // The record was authenticated when it was read: this program, or an older one of this format, wrote it.
  return inventories as readonly InventoryConfiguration[];
}
