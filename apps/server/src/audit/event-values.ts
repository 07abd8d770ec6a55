import type { EventFields, EventValue } from "@strongroom/audit";

const DEPTH_LIMIT = 4;
const MEMBERS_LIMIT = 128;
const TEXT_LIMIT = 32 * 1024;

/**
 * The members of a request that may stand in its event, named as CloudTrail names them: with a small first letter.
 * Nothing gets in that is not on the list, and what is on it is bounded, since nobody has checked it yet.
 */
export function chooseParameters(input: unknown, allowed: readonly string[]): EventFields | null {
  if (typeof input !== "object" || input === null) return null;
  const chosen: Record<string, EventValue> = {};
  for (const name of allowed) {
    const value: unknown = Object.hasOwn(input, name) ? Reflect.get(input, name) : undefined;
    if (value !== undefined) chosen[lowerFirst(name)] = boundValue(value, 0);
  }
  return Object.keys(chosen).length === 0 ? null : chosen;
}

/** A copy of plain JSON within limits; dates as CloudTrail prints them; bytes never. */
export function boundValue(value: unknown, depth: number): EventValue {
  if (value === null || typeof value === "boolean" || typeof value === "number") return value;
  if (typeof value === "string") return value.length > TEXT_LIMIT ? `${value.slice(0, TEXT_LIMIT)}…` : value;
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object" || value instanceof Uint8Array || depth >= DEPTH_LIMIT) return undefined;
  if (Array.isArray(value)) return value.slice(0, MEMBERS_LIMIT).map((each) => boundValue(each, depth + 1));
  const entries = Object.entries(value).slice(0, MEMBERS_LIMIT);
  return Object.fromEntries(entries.map(([name, member]) => [name, boundValue(member, depth + 1)]));
}

export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
