import { parseQuery, splitTarget } from "../uri.ts";
import { WireError } from "../wire-error.ts";
import { parseAuthorizationHeader } from "./parse-authorization-header.ts";
import { parsePresignedQuery } from "./parse-presigned-query.ts";
import type { RequestSignature, SignableRequest, SignatureExpectation } from "./request-signature.ts";
import { ALGORITHM } from "./string-to-sign.ts";

const PRESIGNED = /(?:^|&)x-amz-(?:algorithm|credential|signature)(?:=|&|$)/i;
const PRESIGNED_V2 = /(?:^|&)(?:AWSAccessKeyId|Signature)=/;

/**
 * Reads the signature of a request from its Authorization header or its presigned query; null when it has none
 * (anonymous). Checks form, credential scope, clock (±15 minutes), expiry (at most 604,800 s) and that `host`
 * and every `x-amz-*` header sent is signed. Throws `WireError` with S3's code and message.
 */
export function parseRequestSignature(
  request: SignableRequest,
  expected: SignatureExpectation,
): RequestSignature | null {
  const { rawQuery } = splitTarget(request.target);
  const authorization = request.headers.get("authorization");
  const presigned = PRESIGNED.test(rawQuery);
  if (authorization !== undefined && (presigned || PRESIGNED_V2.test(rawQuery))) {
    throw new WireError(
      "InvalidArgument",
      "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string " +
        "parameter or the Authorization header should be specified",
      { ArgumentName: "Authorization" },
    );
  }
  if (authorization !== undefined) return parseAuthorizationHeader(authorization, request, expected);
  if (presigned) return parsePresignedQuery(parseQuery(rawQuery), request, expected);
  if (PRESIGNED_V2.test(rawQuery)) {
    throw new WireError(
      "InvalidRequest",
      `The authorization mechanism you have provided is not supported. Please use ${ALGORITHM}.`,
    );
  }
  return null;
}
