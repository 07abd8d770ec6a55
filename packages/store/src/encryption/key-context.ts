import type { KeyContext } from "./encryption.ts";

export const ARN_PAIR = "aws:s3:arn";

interface Place {
  readonly bucket: string;
  readonly objectKey: string;
}

/**
 * The context that the key service is shown: the requester's pairs and the ARN of the object, or of the bucket where
 * the key is the bucket's. The ARN names no version (reference §5.3); what it does not bind, the wrapping of the data
 * key under the key-encryption key does.
 */
export function keyServiceContext(context: KeyContext, place: Place, bucketKey: boolean): KeyContext {
  const arn = bucketKey ? bucketArn(place.bucket) : objectArn(place);
  return { ...context, [ARN_PAIR]: arn };
}

export function objectArn({ bucket, objectKey }: Place): string {
  return `${bucketArn(bucket)}/${objectKey}`;
}

export function bucketArn(bucket: string): string {
  return `arn:aws:s3:::${bucket}`;
}
