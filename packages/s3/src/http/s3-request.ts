import type { Principal, SessionFacts } from "@strongroom/iam";
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
  /** The root account of this server: may read every account's buckets. */
  readonly isServerRoot: boolean;
}

/** One authenticated S3 request. Header names are lower case; a header sent twice was refused or joined by ", ". */
export interface S3Request {
  readonly requestId: string;
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
  readonly secure: boolean;
  /** The decoded data body: aws-chunked framing removed, signatures checked as it flows. Consume once. */
  readonly body: AsyncIterable<Uint8Array>;
  /** What the request claims about its body (length, Content-MD5, checksum header or trailer), ready for the engine. */
  readonly integrity: BodyIntegrity;
  /** A whole small body as text after its digests were verified; MaxMessageLengthExceeded / MalformedXML beyond the limit. */
  readText(limitBytes: number): Promise<string>;
}
