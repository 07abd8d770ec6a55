import { randomFillSync } from "node:crypto";

/** Names one request in the response, in every error document and in the log. */
export interface RequestNames {
  /** `x-amz-request-id`: 16 upper-case hex digits. */
  readonly requestId: string;
  /** `x-amz-id-2`, the HostId of error documents. */
  readonly hostId: string;
}

const REQUEST_ID_BYTES = 8;
const HOST_ID_BYTES = 48;
const STEP_BYTES = REQUEST_ID_BYTES + HOST_ID_BYTES;
/** One call of the random generator serves this many requests. */
const POOL = Buffer.alloc(STEP_BYTES * 128);
let at = POOL.length;

export function nameRequest(): RequestNames {
  if (at >= POOL.length) {
    randomFillSync(POOL);
    at = 0;
  }
  const requestId = POOL.toString("hex", at, at + REQUEST_ID_BYTES).toUpperCase();
  const hostId = POOL.toString("base64", at + REQUEST_ID_BYTES, at + STEP_BYTES);
  at += STEP_BYTES;
  return { requestId, hostId };
}
