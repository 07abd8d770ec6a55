import type { ObjectEvent, TestEvent } from "@strongroom/store";
import { encodeListedKey, printIso8601 } from "@strongroom/wire";

/** The message that says that messages arrive. */
export function testEventDocument({ bucket, atMs, origin }: TestEvent): string {
  return JSON.stringify({
    Service: "Amazon S3",
    Event: "s3:TestEvent",
    Time: printIso8601(atMs),
    Bucket: bucket,
    RequestId: origin.requestId,
    HostId: origin.hostId,
  });
}

/** One message about some changes, in S3's event structure 2.1, or 2.3 for the younger kinds of events. */
export function eventDocument(events: readonly ObjectEvent[], region: string): string {
  return JSON.stringify({ Records: events.map((event) => recordOf(event, region)) });
}

const OF_FIRST_KINDS = /^Object(?:Created|Removed|Restore):/;

function recordOf(event: ObjectEvent, region: string): object {
  const { name, bucket, origin, restored } = event;
  return {
    eventVersion: OF_FIRST_KINDS.test(name) ? "2.1" : "2.3",
    eventSource: "aws:s3",
    awsRegion: region,
    eventTime: printIso8601(event.atMs),
    eventName: name,
    userIdentity: { principalId: origin.principalId },
    requestParameters: { sourceIPAddress: origin.sourceIp },
    responseElements: { "x-amz-request-id": origin.requestId, "x-amz-id-2": origin.hostId },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: event.configurationId,
      bucket: {
        name: bucket,
        ownerIdentity: { principalId: event.bucketOwnerId },
        arn: `arn:aws:s3:::${bucket}`,
      },
      object: {
        key: encodeKey(event.objectKey),
        size: event.sizeBytes ?? undefined,
        eTag: event.etag ?? undefined,
        versionId: event.versionId === "null" ? undefined : (event.versionId ?? undefined),
        sequencer: event.order === null ? undefined : printSequencer(event.order),
      },
    },
    ...(restored === undefined
      ? {}
      : {
          glacierEventData: {
            restoreEventData: {
              lifecycleRestorationExpiryTime: printIso8601(restored.untilMs),
              lifecycleRestoreStorageClass: restored.storageClass,
            },
          },
        }),
  };
}

/** As a form encodes it, slashes kept. */
const encodeKey = (objectKey: string): string => encodeListedKey(objectKey).replaceAll("%20", "+");

/** Hexadecimal of fixed length: sequencers of one object key compare as texts. */
const printSequencer = (order: number): string => order.toString(16).toUpperCase().padStart(18, "0");
