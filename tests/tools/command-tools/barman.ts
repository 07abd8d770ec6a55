import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { Job, ReadyTool } from "../tool.ts";
import { runCommand } from "./run-command.ts";

export const barmanCloud = (version: string): ReadyTool => ({ version, run: runBarman });

/** A segment of the write-ahead log is any file with such a name: no PostgreSQL is needed. */
const SEGMENT = "000000010000000000000001";

async function runBarman(job: Job): Promise<void> {
  await archive(job, "object", job.small);
  job.done("put");
  await restore(job, "object", "get");
  job.done("get");
  await archive(job, "parts", job.large);
  await restore(job, "parts", "parts");
  job.done("parts");
}

const store = (job: Job): readonly string[] => [
  "--endpoint-url",
  job.environment.endpoint,
  `s3://${job.bucket}/${job.prefix.replace(/\/$/, "")}`,
];

async function archive(job: Job, server: string, file: string): Promise<void> {
  const segment = join(job.folder, SEGMENT);
  copyFileSync(file, segment);
  await runCommand(job, "barman-cloud-wal-archive", [...schemeOf(job), ...store(job), server, segment]);
}

async function restore(job: Job, server: string, back: string): Promise<void> {
  await runCommand(job, "barman-cloud-wal-restore", [...store(job), server, SEGMENT, join(job.folder, back)]);
}

function schemeOf(job: Job): readonly string[] {
  if (job.scheme === "sse-s3") return ["--encryption", "AES256"];
  return job.scheme === "sse-kms" ? ["--encryption", "aws:kms"] : [];
}
