import type { Principal, SessionFacts, TransportFacts } from "@strongroom/iam";
import type { BodyIntegrity } from "@strongroom/store";

/** The caller, after authentication. */
export interface Caller {
  readonly principal: Principal;
  /** null: not a session. */
  readonly session: SessionFacts | null;
  readonly accountId: string;
  /** 64 hex digits; the owner id that S3 shows. */
  readonly canonicalUserId: string;
  /** The principal's. */
  readonly arn: string;
  readonly displayName: string;
}

/** How a request was signed, once the signature held. */
export interface SignatureFacts {
  readonly kind: "header" | "presigned" | "post-form";
  /** Absent: AWS4-HMAC-SHA256. `AWS` is version 2, which only forms may use. */
  readonly version?: "AWS";
  /** 0 under version 2, which states no time: such a signature is as old as can be. */
  readonly signedAtMs: number;
}

/** The resource that a service does something for, as `aws:SourceArn` and `aws:SourceAccount`. */
export interface ServedSource {
  readonly arn: string;
  readonly accountId: string;
}

/** One authenticated S3 request. Header names are lower case; a header sent twice was refused or joined by ", ". */
export interface S3Request extends TransportFacts {
  readonly requestId: string;
  /** What the answer says as `x-amz-id-2`. Absent: nobody is answered. */
  readonly hostId?: string;
  readonly method: string;
  readonly bucket: string | null;
  /** Decoded object key, exactly as the client meant it (no normalisation). */
  readonly objectKey: string | null;
  /** Decoded query parameters without the X-Amz-* of a presigned URL; the first value wins. */
  readonly query: ReadonlyMap<string, string>;
  /**
   * The `x-amz-*` and HTTP headers that count: those sent, plus `x-amz-*` parameters hoisted into a presigned query.
   */
  header(name: string): string | undefined;
  headerNames(): readonly string[];
  readonly caller: Caller;
  /** null: it was not signed, and its caller is anonymous. */
  readonly signature: SignatureFacts | null;
  /** What one of our own services acts for; absent: somebody sent this request. */
  readonly servedSource?: ServedSource;
  /** The decoded data body: aws-chunked framing removed, signatures checked as it flows. Consume once. */
  readonly body: AsyncIterable<Uint8Array>;
  /** What the request claims about its body (length, Content-MD5, checksum header or trailer), ready for the engine. */
  readonly integrity: BodyIntegrity;
  /**
   * A whole small body as text after its digests were verified, read once however often it is asked for;
   * MaxMessageLengthExceeded / MalformedXML beyond the limit.
   */
  readText(limitBytes: number): Promise<string>;
}
