import type { ParameterReader } from "./parameter-reader.ts";

export const SHORTEST_SECONDS = 900;
export const ROLE_LONGEST_SECONDS = 43_200;
export const USER_LONGEST_SECONDS = 129_600;
/** Of a session got with a session's credentials, and of what root gets. */
export const CHAINED_LONGEST_SECONDS = 3600;

/** `DurationSeconds` between 900 and `longest`; null when it was not sent. */
export function readDuration(reader: ParameterReader, longest: number): number | null {
  return reader.optionalInteger("DurationSeconds", { min: SHORTEST_SECONDS, max: longest });
}
