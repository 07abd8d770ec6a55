import { hash } from "node:crypto";
import type { SessionFacts } from "@strongroom/iam";
import type { KeyRequester, RequestKeys } from "@strongroom/store";
import { invalidArgument, s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import { customerKeyOf } from "./customer-keys.ts";
import { COPY_SOURCE_CUSTOMER, SSE, SSE_CUSTOMER } from "./header-names.ts";

/**
 * Sessions by the facts that were read of their token. Neither time nor names of policies tell two of them apart: both
 * may be those of another session of the same role.
 */
const sessionNumbers = new WeakMap<SessionFacts, number>();
let lastSessionNumber = 0;

function numberOf(session: SessionFacts): number {
  const known = sessionNumbers.get(session);
  if (known !== undefined) return known;
  lastSessionNumber++;
  sessionNumbers.set(session, lastSessionNumber);
  return lastSessionNumber;
}

/** One request as the key service must see it: in the name, and with the circumstances, of whoever sent it. */
export class S3KeyRequester implements KeyRequester {
  readonly request: S3Request;

  constructor(request: S3Request) {
    this.request = request;
  }

  /**
   * Of one principal in one session, and in circumstances that policies may speak of: what a request of another session
   * or from elsewhere was allowed is asked again. Throws as `requireEligible`: what was opened for a request that may
   * use keys is not for one that may not.
   */
  get name(): string {
    this.requireEligible();
    const { caller, sourceIp, tlsVersion, servedSource = null } = this.request;
    const session = caller.session === null ? 0 : numberOf(caller.session);
    const userAgent = this.request.header("user-agent") ?? null;
    const circumstances = [caller.arn, session, sourceIp, tlsVersion, userAgent, servedSource];
    return hash("sha256", JSON.stringify(circumstances), "base64");
  }

  /** Throws what S3 answers to requests that may use no key of the key service (reference §2.6). */
  requireEligible(): void {
    const { signature, secure } = this.request;
    if (signature === null || signature.version === "AWS") {
      throw s3Error("InvalidArgument", {
        message:
          "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.",
        fields: { ArgumentName: "Authorization", ArgumentValue: "null" },
      });
    }
    if (secure) return;
    throw invalidArgument(
      "Requests specifying Server Side Encryption with AWS KMS managed keys must be made over a secure connection.",
      SSE,
    );
  }
}

/** What the request brings for the object it reads or writes. */
export function requestKeys(request: S3Request): RequestKeys {
  return {
    requester: new S3KeyRequester(request),
    customerKey: customerKeyOf(request, SSE_CUSTOMER)?.key ?? null,
  };
}

/** What it brings for the object it copies from. */
export function copySourceKeys(request: S3Request): RequestKeys {
  return {
    requester: new S3KeyRequester(request),
    customerKey: customerKeyOf(request, COPY_SOURCE_CUSTOMER)?.key ?? null,
  };
}
