import { type EncryptionContext, storedObjectContext } from "@strongroom/envelope";
import type { ObjectEncryption } from "../encryption/encryption.ts";

/** The layers of a sealed body: what is encrypted twice is sealed twice, under keys that have nothing in common. */
export type BodyLayer = "inner" | "outer";

/** What names one body. */
export interface BodyName {
  readonly bucket: string;
  readonly objectKey: string;
  /** Drawn for the version or upload. */
  readonly uid: string;
  /** 0 for an object written whole. */
  readonly partNumber: number;
}

/**
 * What the data key of one body is bound to: scheme, bucket, object key, uid, part number and layer. A wrapped key
 * moved anywhere else does not open. The KMS key and its material are bound by the key service's own wrapping of the
 * key-encryption key, so that an object can move to another KMS key without a look at its parts.
 */
export function bodyContext(
  encryption: ObjectEncryption,
  { bucket, objectKey, uid, partNumber }: BodyName,
  layer: BodyLayer = "inner",
): EncryptionContext {
  return storedObjectContext({
    scheme: layer === "inner" ? encryption.scheme : `${encryption.scheme} outer`,
    bucket,
    objectKey,
    uid,
    kmsKeyId: "",
    partNumber,
  });
}
