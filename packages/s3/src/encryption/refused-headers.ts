import { invalidArgument, notImplementedHeader, s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import { customerKeyOf, requireSecureKeys } from "./customer-keys.ts";
import {
  COPY_SOURCE_CUSTOMER,
  KNOWN_SSE_HEADERS,
  SSE,
  SSE_BUCKET_KEY,
  SSE_CONTEXT,
  SSE_CUSTOMER,
  SSE_KMS_KEY_ID,
} from "./header-names.ts";

/** Operations that choose how new data is sealed: they judge all of these headers themselves. */
const SEALING: ReadonlySet<string> = new Set([
  "PutObject",
  "CopyObject",
  "CreateMultipartUpload",
  "PostObject",
]);

/** Operations that judge a customer's key themselves, after they asked whether the bucket takes any. */
const SEALS_PARTS: ReadonlySet<string> = new Set(["UploadPart", "UploadPartCopy"]);

/** Operations that take a customer's key, for what was sealed before. */
const TAKES_CUSTOMER_KEY: ReadonlySet<string> = new Set([
  "GetObject",
  "HeadObject",
  "GetObjectAttributes",
  "CompleteMultipartUpload",
  "ListParts",
]);

/** Throws InvalidArgument or InvalidRequest for headers of the family that an operation has no use for. */
export function refuseEncryptionHeaders(request: S3Request, operationName: string): void {
  if (SEALING.has(operationName)) return;
  refuseUnknownFamilyMembers(request);
  requireSecureKeys(request);
  const scheme = request.header(SSE);
  if (scheme !== undefined) {
    throw invalidArgument(
      "x-amz-server-side-encryption header is not supported for this operation.",
      SSE,
      scheme,
    );
  }
  for (const name of [SSE_KMS_KEY_ID, SSE_CONTEXT, SSE_BUCKET_KEY]) {
    if (request.header(name) !== undefined) {
      throw invalidArgument(`${name} header is not supported for this operation.`, name);
    }
  }
  const takesSource = operationName === "UploadPartCopy";
  const own = SEALS_PARTS.has(operationName) ? null : customerKeyOf(request, SSE_CUSTOMER);
  const source = customerKeyOf(request, COPY_SOURCE_CUSTOMER);
  if ((own === null || TAKES_CUSTOMER_KEY.has(operationName)) && (source === null || takesSource)) return;
  throw s3Error("InvalidRequest", {
    message: "The encryption parameters are not applicable to this object.",
  });
}

/** A header of this family that this program does not know might ask for protection: it is not passed over. */
export function refuseUnknownFamilyMembers(request: S3Request): void {
  for (const name of request.headerNames()) {
    if (name.startsWith(SSE) && !KNOWN_SSE_HEADERS.has(name)) throw notImplementedHeader(name);
  }
}
