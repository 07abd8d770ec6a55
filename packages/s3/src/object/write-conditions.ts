import type { WriteConditions } from "@strongroom/store";
import { unquoteEtag } from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";

const NONE: WriteConditions = {};
const BAD_VALUE = (header: string) => `We don't accept the provided value of ${header} header for this API`;

/**
 * If-Match (one ETag) or If-None-Match ("*") of a put, copy or complete. Anything else of the conditional headers
 * is NotImplemented, as in S3: a condition that is not honoured must not pass.
 */
export function readWriteConditions(request: S3Request): WriteConditions {
  const ifMatch = request.header("if-match");
  const ifNoneMatch = request.header("if-none-match");
  if (ifMatch === undefined && ifNoneMatch === undefined) return NONE;
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw refused("If-Match,If-None-Match", "Multiple conditional request headers present in the request");
  }
  if (ifMatch !== undefined) {
    if (ifMatch.trim() === "*") throw refused("If-Match", BAD_VALUE("If-Match"));
    return { ifMatch: unquoteEtag(ifMatch.trim()) };
  }
  if (ifNoneMatch?.trim() !== "*") throw refused("If-None-Match", BAD_VALUE("If-None-Match"));
  return { ifNoneMatch: "*" };
}

/** If-Match of a delete: an ETag or "*". */
export function readDeleteCondition(request: S3Request): string | undefined {
  const ifMatch = request.header("if-match");
  return ifMatch === undefined ? undefined : unquoteEtag(ifMatch.trim());
}

function refused(header: string, additionalMessage: string): Error {
  return s3Error("NotImplemented", { fields: { Header: header, additionalMessage } });
}
