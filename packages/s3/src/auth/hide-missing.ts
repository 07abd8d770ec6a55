import { StoreError } from "@strongroom/store";
import { S3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import { parseCopySource } from "../object/copy-source.ts";
import type { RequestAccess } from "./request-access.ts";

/**
 * That a key or version is missing is told only to who may list the bucket; everybody else gets the AccessDenied of
 * that right. Returns the error to answer with.
 */
export async function hideMissing(
  error: unknown,
  request: S3Request,
  access: RequestAccess,
): Promise<unknown> {
  const isMissing =
    (error instanceof StoreError || error instanceof S3Error) &&
    (error.code === "NoSuchKey" || error.code === "NoSuchVersion");
  if (!isMissing || request.bucket === null) return error;
  const source = request.header("x-amz-copy-source");
  const isCopySource = source !== undefined;
  const { bucket, objectKey } = isCopySource ? parseCopySource(source) : request;
  const denial = await access.findDenial({
    action: "s3:ListBucket",
    bucket,
    objectKey: null,
    listedPrefix: objectKey ?? "",
    isCopySource,
  });
  return denial ?? error;
}
