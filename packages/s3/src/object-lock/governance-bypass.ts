import type { Bucket } from "@strongroom/store";
import { invalidArgument } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";

const BYPASS = "x-amz-bypass-governance-retention";

/** Throws InvalidArgument for a request that speaks of passing over a retention, whether or not, where there is none. */
export function refuseNeedlessBypass(request: S3Request, { objectLock }: Bucket): void {
  if (objectLock !== undefined || request.header(BYPASS) === undefined) return;
  throw invalidArgument(`${BYPASS} is only applicable to Object Lock enabled buckets.`, BYPASS);
}
