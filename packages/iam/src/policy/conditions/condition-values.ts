const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const EPOCH_SECONDS = /^-?\d{5,15}(?:\.\d+)?$/;
/** The profile of ISO 8601 that W3C names (NOTE-datetime): a year alone up to fractions of a second. */
const ISO_DATE =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/;

export function parseNumber(text: string): number | null {
  return NUMBER.test(text) ? Number(text) : null;
}

/** A moment in milliseconds since 1970, of an ISO 8601 date (UTC where it has no zone) or of seconds since 1970. */
export function parseMoment(text: string): number | null {
  if (EPOCH_SECONDS.test(text)) return Number(text) * 1000;
  const [
    ,
    year,
    month = "01",
    day = "01",
    hour = "00",
    minute = "00",
    second = "00",
    fraction = "",
    zone = "Z",
  ] = ISO_DATE.exec(text) ?? [];
  if (year === undefined) return null;
  const offset = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const parsed = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}${offset}`);
  if (Number.isNaN(parsed)) return null;
  // Date.parse takes February 30th for March 1st or 2nd.
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day)
    ? parsed
    : null;
}

export function parseBoolean(text: string): boolean | null {
  const lower = text.toLowerCase();
  return lower === "true" ? true : lower === "false" ? false : null;
}

/** The bytes that base64 (RFC 4648 §4) stands for, as hex; null when it is none. */
export function parseBase64(text: string): string | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  return Buffer.from(text, "base64").toString("hex");
}
