const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d{2}):?(\d{2})))?$/;
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const AMZ_DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** `2026-02-21T00:18:20.000Z`, as S3 prints LastModified. */
export function printIso8601(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** Milliseconds since the epoch from an ISO 8601 date or UTC/offset timestamp; undefined when malformed. */
export function parseIso8601(text: string): number | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hours = "00", minutes = "00", seconds = "00", fraction = "0", sign, offH, offM] =
    match;
  const baseMs = exactUtc(year, month, day, hours, minutes, seconds);
  if (baseMs === undefined) return undefined;
  if (Number(offH) > 23 || Number(offM) > 59) return undefined;
  const offsetMinutes = sign === undefined ? 0 : Number(`${sign}1`) * (Number(offH) * 60 + Number(offM));
  const timeMs = baseMs + Math.floor(Number(`0.${fraction}`) * 1000) - offsetMinutes * 60_000;
  // The year 10000 has a digit too many for everybody who reads what is printed here.
  return timeMs > LAST_MS ? undefined : timeMs;
}

/** `20260221T001820Z`. */
export function printAmzDate(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** Milliseconds since the epoch from `YYYYMMDD'T'HHMMSS'Z'`; undefined when malformed. */
export function parseAmzDate(text: string): number | undefined {
  const match = AMZ_DATE.exec(text);
  if (match === null) return undefined;
  return exactUtc(...(match.slice(1) as [string, string, string, string, string, string]));
}

/** undefined when a field is out of range, such as 30 February. */
function exactUtc(...fields: (string | undefined)[]): number | undefined {
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = fields.map(Number);
  const timeMs = Date.UTC(year, month - 1, day, hours, minutes, seconds);
  const date = new Date(timeMs);
  const exact =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hours < 24 &&
    minutes < 60 &&
    seconds < 60;
  return exact ? timeMs : undefined;
}
