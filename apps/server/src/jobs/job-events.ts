import { randomUUID } from "node:crypto";
import type { EventFields } from "@strongroom/audit";
import type { AuditLog } from "../audit/audit-log.ts";
import { sumOf } from "./job-progress.ts";
import type { Job } from "./job-record.ts";

/** That a job was asked for, as S3's batch jobs tell it. */
export function recordJobCreated(log: AuditLog, region: string, job: Job): Promise<void> {
  const { target, match } = job;
  return record(log, region, job, "JobCreated", {
    operation: "UpdateObjectEncryption",
    targetKeyArn: target.scheme === "sse-kms" ? target.keyId : "none: SSE-S3",
    sourceKeyArn: match.keyArn ?? "any",
  });
}

/** That it was paused, resumed or cancelled, or came to its end. */
export function recordJobStatus(log: AuditLog, region: string, job: Job): Promise<void> {
  return record(log, region, job, "JobStatusChanged", {
    status: job.state,
    done: job.done,
    skipped: sumOf(job.skipped),
    failed: sumOf(job.failed),
  });
}

/** What one step of it changed. Names of objects are in the events of the key service alone. */
export function recordJobStep(log: AuditLog, region: string, job: Job, changed: number): Promise<void> {
  return record(log, region, job, "UpdateObjectEncryption", { changed });
}

/** Nobody called: the service did it by itself, or at the word of whoever runs it. */
function record(
  log: AuditLog,
  region: string,
  { id, bucket, accountId }: Job,
  eventName: string,
  responseElements: EventFields,
): Promise<void> {
  return log.record({
    eventSource: "s3.amazonaws.com",
    eventName,
    principal: { kind: "service", service: "s3.amazonaws.com" },
    accountId,
    region,
    readOnly: false,
    isServiceEvent: true,
    requestId: randomUUID(),
    error: null,
    requestParameters: { jobId: id, bucketName: bucket },
    responseElements,
    resources: [{ accountId, type: "AWS::S3::Bucket", ARN: `arn:aws:s3:::${bucket}` }],
    decisions: [],
  });
}
