import type { S3Error } from "../errors.ts";
import type { Caller, S3Request } from "../http/s3-request.ts";
import { Authorizer, type AuthorizerDeps } from "./authorize.ts";

/** A read that nobody sent: to be asked about, never answered. */
export interface SupposedRead {
  readonly caller: Caller;
  readonly bucket: string;
  readonly objectKey: string;
  readonly sourceIp: string;
}

/**
 * Why S3 would refuse this caller a GetObject over TLS right now; null: it would not. By bucket policy, access lists and
 * identity policies, as for a request; the use of a key is for the key service to say. Throws S3Error where there is no
 * such bucket.
 */
export async function findReadDenial(deps: AuthorizerDeps, read: SupposedRead): Promise<S3Error | null> {
  const { bucket, objectKey } = read;
  const access = await new Authorizer(deps).open(supposedRequest(read, deps.clock.nowMs()), "GetObject");
  return access.findDenial({ action: "s3:GetObject", bucket, objectKey });
}

function supposedRequest({ caller, bucket, objectKey, sourceIp }: SupposedRead, nowMs: number): S3Request {
  return {
    requestId: "",
    method: "GET",
    bucket,
    objectKey,
    query: new Map(),
    header: () => undefined,
    headerNames: () => [],
    caller,
    signature: caller.principal.kind === "anonymous" ? null : { kind: "header", signedAtMs: nowMs },
    sourceIp,
    secure: true,
    tlsVersion: "1.3",
    body: (async function* () {})(),
    integrity: {},
    readText: async () => "",
  };
}
