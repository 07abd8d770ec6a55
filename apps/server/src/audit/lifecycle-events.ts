import { randomUUID } from "node:crypto";
import type { Bucket, LifecycleCounts } from "@strongroom/store";
import type { AuditLog } from "./audit-log.ts";

export interface LifecycleEvent {
  readonly bucket: Bucket;
  readonly accountId: string;
  readonly region: string;
  readonly counts: LifecycleCounts;
}

/** What the rules of a bucket removed in one step, as an event of the service itself. What removed nothing is none. */
export async function recordLifecycle(
  log: AuditLog,
  { bucket, accountId, region, counts }: LifecycleEvent,
): Promise<void> {
  const { expired, noncurrentRemoved, markersRemoved, uploadsAborted } = counts;
  if (expired + noncurrentRemoved + markersRemoved + uploadsAborted === 0) return;
  await log.record({
    eventSource: "s3.amazonaws.com",
    eventName: "LifecycleExpiration",
    principal: { kind: "service", service: "s3.amazonaws.com" },
    accountId,
    region,
    readOnly: false,
    isServiceEvent: true,
    requestId: randomUUID(),
    error: null,
    requestParameters: { bucketName: bucket.name },
    responseElements: { expired, noncurrentRemoved, markersRemoved, uploadsAborted },
    resources: [{ accountId, type: "AWS::S3::Bucket", ARN: `arn:aws:s3:::${bucket.name}` }],
    decisions: [],
  });
}
