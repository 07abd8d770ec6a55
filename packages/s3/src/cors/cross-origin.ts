import { type Bucket, type ObjectStore, StoreError } from "@strongroom/store";
import type { RawRequest } from "../http/read-request.ts";
import { bucketCors, type CorsHeaders } from "./bucket-cors.ts";

/**
 * The headers that every answer to this request carries, refusals too: without them a page could not read why it was
 * refused. null: the request is no page's, or its bucket does not allow it. As in S3, a request that says what a
 * preflight says is judged by that.
 */
export async function crossOriginHeaders(
  raw: RawRequest,
  store: Pick<ObjectStore, "requireBucket">,
): Promise<CorsHeaders | null> {
  const origin = raw.headers.get("origin");
  if (origin === undefined || raw.bucket === null) return null;
  const bucket = await findBucket(raw.bucket, store);
  if (bucket === null) return null;
  const cors = bucketCors(bucket);
  if (cors === null) return null;
  return cors.allow({
    origin,
    method: raw.headers.get("access-control-request-method") ?? raw.method,
    requestedHeaders: raw.headers.get("access-control-request-headers"),
  });
}

/** null: there is no bucket of this name. */
export async function findBucket(
  name: string,
  store: Pick<ObjectStore, "requireBucket">,
): Promise<Bucket | null> {
  try {
    return await store.requireBucket(name);
  } catch (error) {
    if (error instanceof StoreError && error.code === "NoSuchBucket") return null;
    throw error;
  }
}
