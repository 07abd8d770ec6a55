import { type PayloadMode, parsePayloadMode } from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import type { Caller } from "../http/s3-request.ts";

/** Whoever sends unsigned requests. What they write under ObjectWriter is owned by the id that S3 shows for them. */
export const ANONYMOUS: Caller = Object.freeze({
  principal: Object.freeze({ kind: "anonymous" }),
  session: null,
  accountId: "",
  canonicalUserId: "65a011a29cdf8ec533ec3d1ccaae921c",
  arn: "",
  displayName: "",
});

/**
 * How the body of an unsigned request is framed. A digest is compared with the body like a signed one; chunks without
 * signatures are taken apart, as SDKs send them also when they sign nothing. Throws AccessDenied for chunks that claim
 * signatures, which nothing here could check [L-162].
 */
export function readUnsignedPayload(headers: ReadonlyMap<string, string>): PayloadMode {
  const text = headers.get("x-amz-content-sha256");
  if (text === undefined) {
    const isChunked =
      headers.has("x-amz-decoded-content-length") &&
      headers.get("content-encoding")?.toLowerCase().includes("aws-chunked") === true;
    return isChunked ? { kind: "streaming", signed: false, trailer: true } : { kind: "unsigned" };
  }
  const mode = parsePayloadMode(text);
  if (mode.kind === "streaming" && mode.signed) throw s3Error("AccessDenied");
  return mode;
}
