import type { ObjectStore } from "@strongroom/store";
import { bucketCors, type CorsHeaders } from "../cors/bucket-cors.ts";
import { isCorsMethod } from "../cors/cors-rule.ts";
import { findBucket } from "../cors/cross-origin.ts";
import { type S3Error, s3Error } from "../errors.ts";
import type { RawRequest } from "./read-request.ts";

/**
 * What a browser is told before it lets a page send its request. Nobody is asked who they are: a preflight carries no
 * signature. Throws BadRequest, and AccessForbidden wherever no rule allows what is to come.
 */
export async function answerPreflight(
  raw: RawRequest,
  store: Pick<ObjectStore, "requireBucket">,
): Promise<CorsHeaders> {
  const origin = raw.headers.get("origin");
  if (origin === undefined || origin === "") {
    throw s3Error("BadRequest", { message: "Insufficient information. Origin request header needed." });
  }
  const method = raw.headers.get("access-control-request-method");
  const bucket = raw.bucket === null ? null : await findBucket(raw.bucket, store);
  // S3 names the bucket as what refuses here, also for an object's address.
  if (bucket === null) throw forbidden(raw, "BUCKET", "CORSResponse: Bucket not found");
  const cors = bucketCors(bucket);
  if (cors === null) throw forbidden(raw, "BUCKET");
  if (!isCorsMethod(method)) {
    throw s3Error("BadRequest", { message: `Invalid Access-Control-Request-Method: ${method ?? "null"}` });
  }
  const requestedHeaders = raw.headers.get("access-control-request-headers");
  const headers = cors.allow({ origin, method, requestedHeaders });
  if (headers !== null) return headers;
  throw forbidden(
    raw,
    raw.level === "object" ? "OBJECT" : "BUCKET",
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
  );
}

function forbidden(raw: RawRequest, resourceType: "BUCKET" | "OBJECT", message?: string): S3Error {
  return s3Error("AccessForbidden", {
    ...(message === undefined ? {} : { message }),
    fields: {
      Method: raw.headers.get("access-control-request-method") ?? raw.method,
      ResourceType: resourceType,
    },
  });
}
