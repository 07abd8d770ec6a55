import type { UploadSelector } from "@strongroom/store";
import { invalidArgument } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import { readObjectAddress } from "./object-address.ts";
import { readPartNumber } from "./object-body-range.ts";

/** Which upload a request is about; ids are opaque, so a wrong one is simply not found. */
export function readUploadAddress(request: S3Request): UploadSelector {
  return { ...readObjectAddress(request), uploadId: request.query.get("uploadId") ?? "" };
}

/** The `partNumber` of a part that is written, 1 to 10,000. */
export function requirePartNumber(request: S3Request): number {
  const partNumber = readPartNumber(request);
  if (partNumber !== undefined) return partNumber;
  throw invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", "");
}
