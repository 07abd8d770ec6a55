import type { RequestAccess } from "../auth/request-access.ts";
import { s3Error } from "../errors.ts";
import type { BucketEncryption } from "../http/bucket-encryption.ts";
import type { S3Request } from "../http/s3-request.ts";
import type { S3Services } from "../operation.ts";
import { bucketDefault } from "./bucket-default.ts";
import { customerKeyOf, hasCustomerKey } from "./customer-keys.ts";
import { SSE_CUSTOMER } from "./header-names.ts";

/** Throws AccessDenied where the bucket takes no uploads under customers' keys: before the key is looked at. */
export function refuseBlockedKeys(request: S3Request, { blocked }: BucketEncryption): void {
  if (blocked !== "SSE-C") return;
  const arn = `arn:aws:s3:::${request.bucket ?? ""}/${request.objectKey ?? ""}`;
  throw s3Error("AccessDenied", {
    message:
      `User: ${request.caller.arn} is not authorized to perform: s3:PutObject on resource: "${arn}" because this ` +
      "bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys (SSE-C). " +
      "Please specify a different server-side encryption type",
  });
}

/**
 * A part under a customer's key is refused once the bucket takes none, even of an upload that began before; a faulty
 * key is refused after that, and before the upload is looked for.
 */
export function judgePartKey(
  request: S3Request,
  services: Pick<S3Services, "defaultEncryption">,
  access: RequestAccess,
): void {
  if (hasCustomerKey(request, SSE_CUSTOMER)) refuseBlockedKeys(request, bucketDefault(services, access));
  customerKeyOf(request, SSE_CUSTOMER);
}
