/** A value in an event. What goes in was chosen by name: nothing of a request gets here by itself. */
export type EventValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly EventValue[]
  | { readonly [name: string]: EventValue };

export type EventFields = { readonly [name: string]: EventValue };

export interface EventResource {
  readonly accountId?: string | undefined;
  /** `AWS::KMS::Key`, `AWS::S3::Object`, … */
  readonly type: string;
  readonly ARN: string;
}

/** One record in CloudTrail's own format, version 1.11 (kms.md §5.1). */
export interface AuditEvent {
  readonly eventVersion: "1.11";
  readonly userIdentity: EventFields;
  /** ISO 8601 in UTC, whole seconds. */
  readonly eventTime: string;
  /** `kms.amazonaws.com`. */
  readonly eventSource: string;
  readonly eventName: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  /** Absent where the call was answered as asked. */
  readonly errorCode?: string | undefined;
  readonly errorMessage?: string | undefined;
  readonly requestParameters: EventFields | null;
  readonly responseElements: EventFields | null;
  readonly additionalEventData?: EventFields | undefined;
  readonly requestID: string;
  readonly eventID: string;
  readonly readOnly: boolean;
  readonly resources?: readonly EventResource[] | undefined;
  readonly eventType: "AwsApiCall" | "AwsServiceEvent";
  readonly managementEvent: boolean;
  readonly recipientAccountId: string;
  readonly eventCategory: "Management" | "Data";
  readonly tlsDetails?: EventFields | undefined;
}

/** Whole seconds, as CloudTrail prints times. */
export function printEventTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

/** CloudTrail's own limit for one event. */
const EVENT_LIMIT_BYTES = 256 * 1024;

/** One line. What is too large is left out and said to be, as CloudTrail does. */
export function printEvent(event: AuditEvent): Buffer {
  const whole = Buffer.from(JSON.stringify(event), "utf8");
  if (whole.length <= EVENT_LIMIT_BYTES) return whole;
  const { requestParameters: _omitted, responseElements: _too, ...kept } = event;
  return Buffer.from(
    JSON.stringify({ ...kept, requestParameters: { omitted: true }, responseElements: { omitted: true } }),
  );
}
