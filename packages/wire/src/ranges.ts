import { WireError } from "./wire-error.ts";

/** Bytes `[start, end)`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const COPY_RANGE_FORM =
  "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the " +
  "zero-based offsets of the first and last bytes to copy";

/**
 * The range a GET asks for. null: no header, or one S3 ignores (bad syntax, other unit, several ranges, last
 * before first). Throws InvalidRange when it is well-formed and unsatisfiable.
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | null {
  const match = header === undefined ? null : /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (match === null) return null;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return null;
  if (first === "") {
    const suffixBytes = Math.min(Number(last), sizeBytes);
    if (suffixBytes === 0) throw unsatisfiable(String(header), sizeBytes);
    return { start: sizeBytes - suffixBytes, end: sizeBytes };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return null;
  if (start >= sizeBytes) throw unsatisfiable(String(header), sizeBytes);
  return { start, end: last === "" ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}

/**
 * x-amz-copy-source-range: `bytes=first-last`, both given, inside the source.
 * Throws InvalidArgument when the form is wrong, InvalidRequest when the source is shorter.
 */
export function parseCopySourceRange(header: string, sourceSizeBytes: number): ByteRange {
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  const start = Number(match?.[1]);
  const last = Number(match?.[2]);
  const argument = { ArgumentName: "x-amz-copy-source-range", ArgumentValue: header };
  if (match === null || last < start) throw new WireError("InvalidArgument", COPY_RANGE_FORM, argument);
  if (start >= sourceSizeBytes) {
    throw new WireError("InvalidRequest", "The specified copy range is invalid for the source object size");
  }
  if (last >= sourceSizeBytes) {
    const message = `Range specified is not valid for source object of size: ${sourceSizeBytes}`;
    throw new WireError("InvalidArgument", message, argument);
  }
  return { start, end: last + 1 };
}

function unsatisfiable(header: string, sizeBytes: number): WireError {
  return new WireError("InvalidRange", "The requested range is not satisfiable", {
    ActualObjectSize: String(sizeBytes),
    RangeRequested: header,
  });
}
