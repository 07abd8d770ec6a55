import { copyFileSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Job, ReadyTool } from "../tool.ts";
import { runCommand } from "./run-command.ts";

export const duplicity = (version: string): ReadyTool => ({ version, run: runDuplicity });

/** Backups are its puts, of a small folder and of one that is uploaded in parts. */
async function runDuplicity(job: Job): Promise<void> {
  await backUp(job, "object", job.small);
  job.done("put");
  await restore(job, "object", job.small, "get");
  job.done("get");
  await backUp(job, "parts", job.large);
  await restore(job, "parts", job.large, "parts");
  job.done("parts");
}

function run(job: Job, ...parameters: readonly string[]): ReturnType<typeof runCommand> {
  const archive = join(job.folder, "archive");
  return runCommand(job, "duplicity", [
    ...parameters,
    ...["--no-encryption", "--no-print-statistics", "--archive-dir", archive],
    ...["--s3-endpoint-url", job.environment.endpoint, "--s3-region-name", job.environment.region],
    ...["--num-retries", "1", "--s3-multipart-chunk-size", "5", ...schemeOf(job)],
  ]);
}

const urlOf = (job: Job, name: string): string => `boto3+s3://${job.bucket}/${job.prefix}${name}`;

async function backUp(job: Job, name: string, file: string): Promise<void> {
  const folder = join(job.folder, `source-${name}`);
  mkdirSync(folder);
  copyFileSync(file, join(folder, basename(file)));
  await run(job, "full", folder, urlOf(job, name));
}

async function restore(job: Job, name: string, file: string, back: string): Promise<void> {
  const folder = join(job.folder, `back-${name}`);
  await run(job, "restore", urlOf(job, name), folder);
  copyFileSync(join(folder, basename(file)), join(job.folder, back));
}

function schemeOf(job: Job): readonly string[] {
  if (job.scheme === "sse-s3") return ["--s3-use-server-side-encryption"];
  if (job.scheme === "sse-kms")
    return ["--s3-use-server-side-kms-encryption", "--s3-kms-key-id", job.kmsKeyArn];
  return [];
}
