/** Milliseconds since the epoch from IMF-fixdate, RFC 850 or asctime (RFC 9110 §5.6.7); undefined when it is none. */
export function parseHttpDate(_text: string): number | undefined {
  throw new Error("unbuilt");
}

/** IMF-fixdate, to the second. */
export function printHttpDate(timeMs: number): string {
  return new Date(timeMs).toUTCString();
}
