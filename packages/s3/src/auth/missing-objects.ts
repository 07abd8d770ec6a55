import { type ObjectStore, StoreError } from "@strongroom/store";
import { S3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import { isCopy, readCopySource } from "../object/copy-source.ts";
import type { RequestAccess } from "./request-access.ts";

/**
 * That a key or version is missing is told only to who may list the bucket; everybody else gets the AccessDenied of
 * that right. Returns the error to answer with.
 */
export async function hideMissing(
  error: unknown,
  operation: string,
  { request, access }: { request: S3Request; access: RequestAccess },
): Promise<unknown> {
  if (!isMissing(error) || request.bucket === null) return error;
  const isCopySource = isCopy(operation);
  const { bucket, objectKey } = isCopySource ? readCopySource(request) : request;
  const permission = listing(bucket, objectKey);
  return (await access.findDenial({ ...permission, isCopySource })) ?? error;
}

const READS: ReadonlySet<string> = new Set(["GetObject", "HeadObject"]);

/**
 * The other side of it: who may list the bucket and asks for a key that is not there is told so, also without the
 * right to read keys that are. Returns the error to answer with.
 */
export async function revealMissing(
  error: unknown,
  operation: string,
  { request, access, store }: { request: S3Request; access: RequestAccess; store: ObjectStore },
): Promise<unknown> {
  const { bucket, objectKey } = request;
  if (!READS.has(operation) || bucket === null || objectKey === null) return error;
  if (!(error instanceof S3Error) || error.code !== "AccessDenied") return error;
  if ((await access.findDenial(listing(bucket, objectKey))) !== null) return error;
  try {
    await store.readVersion({ bucket, objectKey });
  } catch (missing) {
    if (isMissing(missing)) return missing;
  }
  return error;
}

function listing(bucket: string | null, objectKey: string | null) {
  return { action: "s3:ListBucket", bucket, objectKey: null, listedPrefix: objectKey ?? "" };
}

function isMissing(error: unknown): boolean {
  return (
    (error instanceof StoreError || error instanceof S3Error) &&
    (error.code === "NoSuchKey" || error.code === "NoSuchVersion")
  );
}
