import type { StoredVersion } from "@strongroom/store";
import { etagMatches, parseEtagCondition, parseHttpDate, parseRange } from "@strongroom/wire";
import { invalidArgument, s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";

export const MAX_PART_NUMBER = 10_000;

/** Which bytes a GET or HEAD asks for. */
export interface BodyRequest {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly partNumber: number | undefined;
}

/** Plaintext `[start, end)`; `isPartial` answers 206. */
export interface BodySpan {
  readonly start: number;
  readonly end: number;
  readonly isPartial: boolean;
}

export interface PartSpan {
  readonly partNumber: number;
  readonly start: number;
  readonly end: number;
}

/** Throws InvalidRequest when a range and a part are both named. */
export function readBodyRequest(request: S3Request): BodyRequest {
  const range = request.header("range");
  const partNumber = readPartNumber(request);
  if (range !== undefined && partNumber !== undefined) {
    throw s3Error("InvalidRequest", {
      message: "Cannot specify both Range header and partNumber query parameter",
    });
  }
  return { range, ifRange: range === undefined ? undefined : request.header("if-range"), partNumber };
}

/** The `partNumber` parameter, 1 to 10,000; undefined when absent. */
export function readPartNumber(request: S3Request): number | undefined {
  const text = request.query.get("partNumber");
  if (text === undefined) return undefined;
  const partNumber = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (partNumber < 1 || partNumber > MAX_PART_NUMBER) {
    throw invalidArgument(
      "Part number must be an integer between 1 and 10000, inclusive",
      "partNumber",
      text,
    );
  }
  return partNumber;
}

/** Throws InvalidRange or InvalidPartNumber (416) when what is asked for is not there. */
export function resolveBodySpan(
  asked: BodyRequest,
  version: StoredVersion,
  parts: readonly PartSpan[],
): BodySpan {
  if (asked.partNumber !== undefined) return partSpan(asked.partNumber, version, parts);
  if (asked.range !== undefined && mayUseRange(asked.ifRange, version)) {
    const range = parseRange(asked.range, version.sizeBytes);
    if (range !== null) return { start: range.start, end: range.end, isPartial: true };
  }
  return { start: 0, end: version.sizeBytes, isPartial: false };
}

/** `bytes 0-9/10`; undefined for a whole answer and for no bytes at all, which the form cannot say. */
export function contentRange(span: BodySpan, sizeBytes: number): string | undefined {
  if (!span.isPartial || span.end === span.start) return undefined;
  return `bytes ${span.start}-${span.end - 1}/${sizeBytes}`;
}

function partSpan(partNumber: number, version: StoredVersion, parts: readonly PartSpan[]): BodySpan {
  const part =
    version.partCount === 0
      ? partNumber === 1
        ? { start: 0, end: version.sizeBytes }
        : undefined
      : parts.find((candidate) => candidate.partNumber === partNumber);
  if (part === undefined) {
    throw s3Error("InvalidPartNumber", {
      fields: {
        PartNumberRequested: String(partNumber),
        ActualPartCount: String(Math.max(1, version.partCount)),
      },
    });
  }
  return { start: part.start, end: part.end, isPartial: true };
}

/** RFC 9110 §13.1.5: the range holds only for the representation that If-Range names. */
function mayUseRange(ifRange: string | undefined, version: StoredVersion): boolean {
  if (ifRange === undefined) return true;
  const dateMs = parseHttpDate(ifRange);
  if (dateMs !== undefined) return Math.floor(version.modifiedMs / 1000) * 1000 === dateMs;
  return etagMatches(parseEtagCondition(ifRange), version.etag);
}
