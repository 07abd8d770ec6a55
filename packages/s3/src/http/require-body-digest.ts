import { checksumAlgorithmOfHeader } from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import type { S3Request } from "./s3-request.ts";

/** Configuration that guards data must not be damaged on its way: the request has to carry a digest of its body. */
export function requireBodyDigest(request: S3Request): void {
  const hasDigest =
    request.header("content-md5") !== undefined ||
    request.header("x-amz-trailer") !== undefined ||
    request.headerNames().some((name) => checksumAlgorithmOfHeader(name) !== undefined);
  if (hasDigest) return;
  throw s3Error("InvalidRequest", {
    message: "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
  });
}
