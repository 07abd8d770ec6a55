import assert from "node:assert/strict";
import { join } from "node:path";
import { type Job, RANGE, type ReadyTool } from "../tool.ts";
import { runCommand, runInto } from "./run-command.ts";

export const rclone = (version: string): ReadyTool => ({ version, run: runRclone });

async function runRclone(job: Job): Promise<void> {
  const remote = {
    RCLONE_CONFIG: join(job.folder, "rclone.conf"),
    RCLONE_CONFIG_STORE_TYPE: "s3",
    RCLONE_CONFIG_STORE_PROVIDER: "Other",
    RCLONE_CONFIG_STORE_ENV_AUTH: "true",
    RCLONE_CONFIG_STORE_ENDPOINT: job.environment.endpoint,
    RCLONE_CONFIG_STORE_REGION: job.environment.region,
    RCLONE_S3_NO_CHECK_BUCKET: "true",
    // It sends an ACL with every object; of all ACLs a bucket of today takes this one alone.
    RCLONE_S3_ACL: "bucket-owner-full-control",
    RCLONE_CA_CERT: job.environment.caFile,
    RCLONE_RETRIES: "1",
    // This version cannot start while the variable is set: its SDK meets a transport it does not know.
    AWS_CA_BUNDLE: "",
    ...schemeOf(job),
  };
  const run = (...parameters: readonly string[]): ReturnType<typeof runCommand> =>
    runCommand(job, "rclone", parameters, remote);
  const at = (name: string): string => `store:${job.bucket}/${job.prefix}${name}`;

  await run("copyto", job.small, at("object"));
  job.done("put");
  await run("lsjson", "--stat", at("object"));
  job.done("head");
  const length = RANGE.last - RANGE.first + 1;
  const range = ["--offset", String(RANGE.first), "--count", String(length)];
  await runInto(job, "range", "rclone", ["cat", ...range, at("object")], remote);
  job.done("range");
  const { stderr } = await run("copyto", "-v", at("object"), at("copy"));
  assert.match(stderr, /server-side copy/);
  job.done("copy");
  await run("copyto", at("copy"), join(job.folder, "get"));
  job.done("get");
  await run("copyto", "--s3-upload-cutoff", "5M", "--s3-chunk-size", "5M", job.large, at("parts"));
  await run("copyto", at("parts"), join(job.folder, "parts"));
  job.done("parts");
}

function schemeOf(job: Job): Readonly<Record<string, string>> {
  if (job.scheme === "sse-s3") return { RCLONE_S3_SERVER_SIDE_ENCRYPTION: "AES256" };
  if (job.scheme === "sse-kms")
    return { RCLONE_S3_SERVER_SIDE_ENCRYPTION: "aws:kms", RCLONE_S3_SSE_KMS_KEY_ID: job.kmsKeyArn };
  if (job.scheme === "sse-c")
    return { RCLONE_S3_SSE_CUSTOMER_ALGORITHM: "AES256", RCLONE_S3_SSE_CUSTOMER_KEY: job.customerKey };
  // Under a KMS key an ETag is no MD5, which it only expects where it asks for the scheme itself.
  return job.scheme === "bucket-kms" ? { RCLONE_IGNORE_CHECKSUM: "true" } : {};
}
