import type { BodyIntegrity, Checksum, ChecksumAlgorithm } from "@strongroom/store";
import {
  CHECKSUM_ALGORITHMS,
  checksumElementName,
  checksumHeaderName,
  element,
  parseChecksumValue,
  type XmlElement,
} from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import type { S3Response } from "../http/s3-response.ts";

/** `base64`, or `base64-N` for a composite. */
export function printChecksum(checksum: Checksum): string {
  const value = checksum.value.toString("base64");
  return checksum.partCount === undefined ? value : `${value}-${checksum.partCount}`;
}

/** The value header and `x-amz-checksum-type`. */
export function writeChecksumHeaders(response: S3Response, checksum: Checksum | null): void {
  if (checksum === null) return;
  response
    .header(checksumHeaderName(checksum.algorithm), printChecksum(checksum))
    .header("x-amz-checksum-type", checksum.type);
}

/** The value header alone, as parts are answered. */
export function writePartChecksumHeader(response: S3Response, checksum: Checksum | null): void {
  if (checksum === null) return;
  response.header(checksumHeaderName(checksum.algorithm), printChecksum(checksum));
}

/** `<ChecksumCRC32>…</ChecksumCRC32>`; `bare` leaves out the `-N` of a composite. */
export function checksumElement(
  checksum: Checksum | null,
  form: "full" | "bare" = "full",
): XmlElement | undefined {
  if (checksum === null) return undefined;
  const value = form === "bare" ? checksum.value.toString("base64") : printChecksum(checksum);
  return element(checksumElementName(checksum.algorithm), value);
}

export function checksumTypeElement(checksum: Checksum | null): XmlElement | undefined {
  return checksum === null ? undefined : element("ChecksumType", checksum.type);
}

/** The digest the sender named, verified by now: a write answers no other. null when it named none. */
export function claimedChecksum({ checksum }: BodyIntegrity): Checksum | null {
  const value = checksum?.expected();
  if (checksum === undefined || value === undefined) return null;
  return { algorithm: checksum.algorithm, type: "FULL_OBJECT", value: Buffer.from(value) };
}

export function isChecksumModeEnabled(request: S3Request): boolean {
  return request.header("x-amz-checksum-mode")?.toUpperCase() === "ENABLED";
}

/** One digest named by algorithm. */
export interface ChecksumClaim {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: Uint8Array;
}

/**
 * The digest of a whole multipart object in the headers of its Complete request. A composite may carry its `-N`.
 * Throws InvalidRequest for a malformed value or for two of them.
 */
export function readObjectChecksumClaim(request: S3Request): ChecksumClaim | undefined {
  let claim: ChecksumClaim | undefined;
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const name = checksumHeaderName(algorithm);
    const text = request.header(name);
    if (text === undefined) continue;
    if (claim !== undefined) {
      throw s3Error("InvalidRequest", {
        message: "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
      });
    }
    const value = parseChecksumValue(algorithm, text.replace(/-\d{1,5}$/, ""));
    if (value === undefined) {
      throw s3Error("InvalidRequest", { message: `Value for ${name} header is invalid.` });
    }
    claim = { algorithm, value };
  }
  return claim;
}
