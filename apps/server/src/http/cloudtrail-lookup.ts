import { createHash } from "node:crypto";
import { type FoundEvent, type LookupPosition, readTrail } from "@strongroom/audit";
import {
  integer,
  listOf,
  type OutputValue,
  oneOf,
  parseShape,
  required,
  structure,
  text,
  timestamp,
} from "@strongroom/wire";
import { TrailApiError } from "./cloudtrail-error.ts";
import type { TrailCall } from "./cloudtrail-operations.ts";
import { matchesAttribute, type ShownEvent, showEvent } from "./shown-event.ts";

export const ATTRIBUTE_KEYS = [
  "AccessKeyId",
  "EventId",
  "EventName",
  "EventSource",
  "ReadOnly",
  "ResourceName",
  "ResourceType",
  "Username",
] as const;

const INPUT = structure({
  LookupAttributes: listOf(
    structure({
      AttributeKey: required(oneOf(ATTRIBUTE_KEYS)),
      AttributeValue: required(text({ max: 2000 })),
    }),
  ),
  StartTime: timestamp(),
  EndTime: timestamp(),
  EventCategory: text(),
  MaxResults: integer(),
  NextToken: text({ max: 1000 }),
});

const PAGE_MAX = 50;
/** How many events one request looks at: a page may hold fewer than were asked for, and a token to go on. */
const SCAN_LIMIT = 50_000;

export async function lookupEvents(input: unknown, { services, account }: TrailCall): Promise<OutputValue> {
  const asked = parseShape(INPUT, input);
  const { StartTime: fromMs = 0, EndTime: toMs = Number.MAX_SAFE_INTEGER, MaxResults = PAGE_MAX } = asked;
  if (fromMs > toMs)
    throw new TrailApiError("InvalidTimeRangeException", "The start time is after the end time.");
  if (MaxResults < 1 || MaxResults > PAGE_MAX) {
    throw new TrailApiError("InvalidMaxResultsException", "MaxResults is from 1 to 50.");
  }
  if (asked.EventCategory !== undefined) {
    throw new TrailApiError("UnsupportedOperationException", "There are no insight events.");
  }
  const [attribute, ...more] = asked.LookupAttributes ?? [];
  if (more.length > 0) {
    throw new TrailApiError(
      "InvalidLookupAttributesException",
      "Only one lookup attribute can be specified.",
    );
  }
  const query = createHash("sha256")
    .update(JSON.stringify([account.accountId, fromMs, toMs, attribute ?? null]))
    .digest("base64url");
  const after = asked.NextToken === undefined ? null : parseToken(asked.NextToken, query);
  const found: ShownEvent[] = [];
  let last: FoundEvent | null = null;
  let seen = 0;
  // Times are told in whole seconds: the whole last one is meant.
  for await (const event of readTrail(services.folder, services.keys, { fromMs, toMs: toMs + 999, after })) {
    if (found.length === MaxResults || seen === SCAN_LIMIT) {
      return {
        Events: found.map(({ output }) => output),
        NextToken: last === null ? undefined : printToken(last, query),
      };
    }
    last = event;
    seen += 1;
    const shown = showEvent(event);
    if (shown === null || !(account.isServerRoot || shown.accountIds.has(account.accountId))) continue;
    if (
      attribute === undefined ||
      matchesAttribute(shown, attribute.AttributeKey, attribute.AttributeValue)
    ) {
      found.push(shown);
    }
  }
  return { Events: found.map(({ output }) => output) };
}

/** Where to go on, and of which query: a token of another one is refused, as CloudTrail does. */
function printToken({ timeMs, writerId, record }: LookupPosition, query: string): string {
  return Buffer.from(JSON.stringify([timeMs, writerId, record, query])).toString("base64url");
}

function parseToken(token: string, query: string): LookupPosition {
  let value: unknown = null;
  try {
    value = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    // Refused below.
  }
  if (Array.isArray(value)) {
    const [timeMs, writerId, record, ofQuery]: unknown[] = value;
    const isPosition =
      typeof timeMs === "number" && typeof writerId === "string" && typeof record === "number";
    if (isPosition && ofQuery === query) return { timeMs, writerId, record };
  }
  throw new TrailApiError("InvalidNextTokenException", "The token is not one of this lookup.");
}
