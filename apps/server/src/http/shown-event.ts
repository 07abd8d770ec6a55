import type { FoundEvent } from "@strongroom/audit";
import type { OutputValue } from "@strongroom/wire";

/** An event as LookupEvents lists it, and what its attributes are compared with. */
export interface ShownEvent {
  readonly output: { readonly [name: string]: OutputValue };
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** Whose trail it belongs to. */
  readonly accountIds: ReadonlySet<string>;
}

/** null: the record is no event. */
export function showEvent({ text }: FoundEvent): ShownEvent | null {
  let event: Record<string, unknown>;
  try {
    event = fieldsOf(JSON.parse(text));
  } catch {
    return null;
  }
  const identity = fieldsOf(event["userIdentity"]);
  const resources = listOfFields(event["resources"]);
  const accessKeyId = textOf(identity["accessKeyId"]);
  const userName = userNameOf(identity);
  const readOnly = String(event["readOnly"] === true);
  const eventTime = new Date(textOf(event["eventTime"]) ?? 0);
  const named = resources.map((each) => ({
    ResourceType: textOf(each["type"]) ?? undefined,
    ResourceName: textOf(each["ARN"]) ?? undefined,
  }));
  const output = {
    EventId: textOf(event["eventID"]) ?? undefined,
    EventName: textOf(event["eventName"]) ?? undefined,
    ReadOnly: readOnly,
    AccessKeyId: accessKeyId ?? undefined,
    EventTime: eventTime,
    EventSource: textOf(event["eventSource"]) ?? undefined,
    Username: userName ?? undefined,
    Resources: named,
    CloudTrailEvent: text,
  };
  return {
    output,
    attributes: {
      AccessKeyId: listed(accessKeyId),
      EventId: listed(output.EventId),
      EventName: listed(output.EventName),
      EventSource: listed(output.EventSource),
      ReadOnly: [readOnly],
      ResourceName: named.flatMap(({ ResourceName }) =>
        ResourceName === undefined ? [] : namesOf(ResourceName),
      ),
      ResourceType: named.flatMap(({ ResourceType }) => listed(ResourceType)),
      Username: listed(userName),
    },
    accountIds: new Set([
      ...listed(textOf(event["recipientAccountId"])),
      ...resources.flatMap((each) => listed(textOf(each["accountId"]))),
    ]),
  };
}

export function matchesAttribute(shown: ShownEvent, key: string, value: string): boolean {
  return shown.attributes[key]?.includes(value) === true;
}

/** A resource is found by its ARN and by its name in it: a bucket's, a key's id, a user's. */
function namesOf(arn: string): readonly string[] {
  const resource = arn.split(":").slice(5).join(":");
  const isS3 = arn.startsWith("arn:aws:s3:::");
  return isS3 ? [arn, resource] : [arn, resource, resource.slice(resource.lastIndexOf("/") + 1)];
}

/** As CloudTrail tells it: the user, the session of a role, or root. */
function userNameOf(identity: Record<string, unknown>): string | null {
  const name = textOf(identity["userName"]);
  if (name !== null) return name;
  if (identity["type"] === "Root") return "root";
  const principalId = textOf(identity["principalId"]);
  return principalId === null ? null : (principalId.split(":").at(-1) ?? null);
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function listOfFields(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);
const listed = (value: string | null | undefined): readonly string[] =>
  value === null || value === undefined ? [] : [value];
