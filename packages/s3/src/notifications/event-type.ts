/** What rules may ask for, in S3's words; what never happens here is accepted, and never told. */
const EVENT_TYPES: ReadonlySet<string> = new Set([
  "s3:ReducedRedundancyLostObject",
  "s3:ObjectCreated:*",
  "s3:ObjectCreated:Put",
  "s3:ObjectCreated:Post",
  "s3:ObjectCreated:Copy",
  "s3:ObjectCreated:CompleteMultipartUpload",
  "s3:ObjectRemoved:*",
  "s3:ObjectRemoved:Delete",
  "s3:ObjectRemoved:DeleteMarkerCreated",
  "s3:ObjectRestore:*",
  "s3:ObjectRestore:Post",
  "s3:ObjectRestore:Completed",
  "s3:ObjectRestore:Delete",
  "s3:Replication:*",
  "s3:Replication:OperationFailedReplication",
  "s3:Replication:OperationMissedThreshold",
  "s3:Replication:OperationReplicatedAfterThreshold",
  "s3:Replication:OperationNotTracked",
  "s3:LifecycleExpiration:*",
  "s3:LifecycleExpiration:Delete",
  "s3:LifecycleExpiration:DeleteMarkerCreated",
  "s3:LifecycleTransition",
  "s3:IntelligentTiering",
  "s3:ObjectTagging:*",
  "s3:ObjectTagging:Put",
  "s3:ObjectTagging:Delete",
  "s3:ObjectAcl:Put",
]);

const WILDCARD = ":*";

export const isEventType = (text: string): boolean => EVENT_TYPES.has(text);

/** Whether an event (`s3:ObjectCreated:Put`) is of a type that a rule asks for. */
export function isOfType(eventName: string, type: string): boolean {
  if (!type.endsWith(WILDCARD)) return eventName === type;
  return eventName.startsWith(type.slice(0, -1));
}

/** Whether some event is of both types. */
export const shareEvents = (one: string, other: string): boolean =>
  one === other || isOfType(one, other) || isOfType(other, one);
