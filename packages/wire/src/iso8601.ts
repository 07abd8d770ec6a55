/** `2026-02-21T00:18:20.000Z`, as S3 prints LastModified. */
export function printIso8601(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** Milliseconds since the epoch from an ISO 8601 date or UTC/offset timestamp; undefined when malformed. */
export function parseIso8601(_text: string): number | undefined {
  throw new Error("unbuilt");
}

/** `20260221T001820Z`. */
export function printAmzDate(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** Milliseconds since the epoch from `YYYYMMDD'T'HHMMSS'Z'`; undefined when malformed. */
export function parseAmzDate(_text: string): number | undefined {
  throw new Error("unbuilt");
}
