import type { BodyIntegrity } from "@strongroom/store";
import {
  type AwsChunkedBody,
  type ChecksumAlgorithm,
  checksumAlgorithmOfHeader,
  checksumHeaderName,
  parseChecksumValue,
} from "@strongroom/wire";
import { type S3Error, s3Error } from "../errors.ts";

/** What `readBodyIntegrity` needs to know of a request. */
export interface IntegritySource {
  header(name: string): string | undefined;
  headerNames(): readonly string[];
  /** Set when the body is aws-chunked: trailers are complete once it was consumed. */
  readonly chunkedBody: AwsChunkedBody | null;
}

const CHECKSUM_PREFIX = "x-amz-checksum-";
/** Members of the family that describe a checksum instead of carrying one. */
const DESCRIPTIONS: ReadonlySet<string> = new Set([
  "x-amz-checksum-algorithm",
  "x-amz-checksum-mode",
  "x-amz-checksum-type",
]);

/**
 * The claims a request makes about its data body. Throws MissingContentLength, NotImplemented (plain chunked
 * transfer), InvalidDigest and InvalidRequest in S3's words (reference §2.5, §4.3, §4.4).
 */
export function readBodyIntegrity(source: IntegritySource): BodyIntegrity {
  return { sizeBytes: requireBodySize(source), ...readDigestClaims(source) };
}

/** The same for a body whose length nobody declares: the file in a form. */
export function readDigestClaims(source: IntegritySource): Pick<BodyIntegrity, "contentMd5" | "checksum"> {
  return {
    contentMd5: readContentMd5(source.header("content-md5")),
    checksum: readChecksumClaim(source),
  };
}

function requireBodySize(source: IntegritySource): number {
  if (source.chunkedBody !== null) return requireDecodedSize(source);
  const text = source.header("content-length");
  if (text !== undefined) return Number(text);
  if (source.header("transfer-encoding") === undefined) throw s3Error("MissingContentLength");
  throw s3Error("NotImplemented", { fields: { Header: "Transfer-Encoding" } });
}

/** `x-amz-decoded-content-length`. Throws MissingContentLength when it is absent or no length. */
export function requireDecodedSize(source: Pick<IntegritySource, "header">): number {
  const text = source.header("x-amz-decoded-content-length");
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw s3Error("MissingContentLength");
  return Number(text);
}

function readContentMd5(text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, "base64");
  if (bytes.length === 16 && bytes.toString("base64") === text.trim()) return bytes;
  throw s3Error("InvalidDigest", { fields: { "Content-MD5": text } });
}

function readChecksumClaim(source: IntegritySource): BodyIntegrity["checksum"] {
  const names = source
    .headerNames()
    .filter((name) => name.startsWith(CHECKSUM_PREFIX) && !DESCRIPTIONS.has(name));
  const trailer = source.header("x-amz-trailer")?.trim().toLowerCase();
  if (names.length + (trailer === undefined ? 0 : 1) > 1) {
    throw invalid("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  }
  const named = source.header("x-amz-sdk-checksum-algorithm");
  if (trailer !== undefined) return trailerClaim(source, trailer, named);
  const [name] = names;
  if (name === undefined) {
    if (named === undefined) return undefined;
    // SDKs that are asked for MD5 send the digest that S3 always knew.
    if (named.toUpperCase() === "MD5" && source.header("content-md5") !== undefined) return undefined;
    throw invalid(
      "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
    );
  }
  const algorithm = checksumAlgorithmOfHeader(name);
  if (algorithm === undefined) {
    throw invalid("The algorithm type you specified in x-amz-checksum- header is invalid.");
  }
  requireSameAlgorithm(named, algorithm);
  const value = parseChecksumValue(algorithm, source.header(name) ?? "");
  if (value === undefined) throw invalid(`Value for ${name} header is invalid.`);
  return { algorithm, expected: () => value };
}

function trailerClaim(
  source: IntegritySource,
  trailer: string,
  named: string | undefined,
): BodyIntegrity["checksum"] {
  const algorithm = checksumAlgorithmOfHeader(trailer);
  if (algorithm === undefined) {
    throw invalid("The value specified in the x-amz-trailer header is not supported");
  }
  requireSameAlgorithm(named, algorithm);
  const body = source.chunkedBody;
  if (body === null) throw s3Error("MalformedTrailerError");
  return {
    algorithm,
    expected: () => {
      const text = body.trailers.get(trailer);
      if (text === undefined) throw s3Error("MalformedTrailerError");
      const value = parseChecksumValue(algorithm, text);
      if (value === undefined) {
        throw invalid(`Value for ${checksumHeaderName(algorithm)} trailing header is invalid.`);
      }
      return value;
    },
  };
}

function requireSameAlgorithm(named: string | undefined, algorithm: ChecksumAlgorithm): void {
  if (named === undefined || named.toUpperCase() === algorithm) return;
  throw invalid("Value for x-amz-sdk-checksum-algorithm header is invalid.");
}

function invalid(message: string): S3Error {
  return s3Error("InvalidRequest", { message });
}
