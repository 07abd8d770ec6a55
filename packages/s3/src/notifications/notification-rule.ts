import { s3Error } from "../errors.ts";

/** Name of the configuration document that holds a bucket's rules. */
export const NOTIFICATION_DOCUMENT = "notification";

/** The kinds of destinations that S3's document knows. Here each is a webhook, and only the ARN's shape differs. */
export const DESTINATIONS = {
  topic: { configuration: "TopicConfiguration", arn: "Topic", service: "sns", noun: "topic" },
  queue: { configuration: "QueueConfiguration", arn: "Queue", service: "sqs", noun: "queue" },
  function: {
    configuration: "CloudFunctionConfiguration",
    arn: "CloudFunction",
    service: "lambda",
    noun: "function",
  },
} as const;
export type Destination = keyof typeof DESTINATIONS;
export const DESTINATION_KINDS = ["topic", "queue", "function"] as const satisfies readonly Destination[];

/** One rule of a bucket: what is told to whom. */
export interface NotificationRule {
  readonly id: string;
  readonly destination: Destination;
  readonly arn: string;
  /** With `s3:`, some ending in `:*`; at least one. */
  readonly events: readonly string[];
  /** What the object key begins and ends with; null: the rule does not say. */
  readonly prefix: string | null;
  readonly suffix: string | null;
}

export interface DestinationArn {
  readonly region: string;
  readonly accountId: string;
  /** The webhook's name. */
  readonly name: string;
}

/** `arn:PARTITION:sqs:REGION:ACCOUNT:NAME`, or with `sns`, or `arn:…:lambda:…:function:NAME`. null: it is none. */
export function parseDestinationArn(destination: Destination, arn: string): DestinationArn | null {
  const [scheme, partition, service, region = "", accountId = "", ...rest] = arn.split(":");
  if (scheme !== "arn" || !/^aws[a-z-]*$/.test(partition ?? "")) return null;
  if (service !== DESTINATIONS[destination].service || !/^\d{12}$/.test(accountId)) return null;
  const [name = "", ...further] = destination === "function" && rest[0] === "function" ? rest.slice(1) : rest;
  if (further.length > 0 || !/^[A-Za-z0-9_-]{1,64}$/.test(name)) return null;
  return { region, accountId, name };
}

/** The stored form. */
export function printStoredRules(rules: readonly NotificationRule[]): string {
  return JSON.stringify(rules);
}

/** Throws InternalError for a document this program never wrote. */
export function parseStoredRules(document: string): readonly NotificationRule[] {
  const parsed: unknown = JSON.parse(document);
  if (!Array.isArray(parsed)) throw s3Error("InternalError");
  return parsed.map(parseStoredRule);
}

function parseStoredRule(stored: unknown): NotificationRule {
  if (typeof stored !== "object" || stored === null) throw s3Error("InternalError");
  const rule: Record<string, unknown> = { ...stored };
  const { id, arn, events, prefix, suffix } = rule;
  const destination = DESTINATION_KINDS.find((kind) => kind === rule["destination"]);
  if (
    destination === undefined ||
    typeof id !== "string" ||
    typeof arn !== "string" ||
    !Array.isArray(events) ||
    (prefix !== null && typeof prefix !== "string") ||
    (suffix !== null && typeof suffix !== "string")
  ) {
    throw s3Error("InternalError");
  }
  return { id, destination, arn, events: events.map(String), prefix, suffix };
}
