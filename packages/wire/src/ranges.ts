/** Bytes `[start, end)`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The range a GET asks for. null: no header, or one S3 ignores (bad syntax, other unit, several ranges).
 * Throws InvalidRange when it is well-formed and unsatisfiable.
 */
export function parseRange(_header: string | undefined, _sizeBytes: number): ByteRange | null {
  throw new Error("unbuilt");
}

/** x-amz-copy-source-range: `bytes=first-last`, both given, inside the source. Throws InvalidArgument. */
export function parseCopySourceRange(_header: string, _sourceSizeBytes: number): ByteRange {
  throw new Error("unbuilt");
}
