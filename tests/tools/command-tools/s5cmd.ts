import { join } from "node:path";
import type { ProgramCommand } from "../../harness/program-cache.ts";
import type { Job, ReadyTool } from "../tool.ts";
import { runCommand } from "./run-command.ts";

export const s5cmd = (command: ProgramCommand, version: string): ReadyTool => ({
  version,
  run: (job) => runS5cmd(command, job),
});

async function runS5cmd(command: ProgramCommand, job: Job): Promise<void> {
  const run = async (...parameters: readonly string[]): Promise<string> => {
    const global = ["--endpoint-url", job.environment.endpoint, "--retry-count", "1"];
    return (await runCommand(job, command.file, [...command.parameters, ...global, ...parameters])).stdout;
  };
  const url = (name: string): string => `s3://${job.bucket}/${job.prefix}${name}`;
  const writing = schemeOf(job);

  await run("cp", ...writing, job.small, url("object"));
  job.done("put");
  await run("head", url("object"));
  job.done("head");
  await run("cp", ...writing, url("object"), url("copy"));
  job.done("copy");
  await run("cp", url("copy"), join(job.folder, "get"));
  job.done("get");
  // Up and down in parts: the download is made of ranged reads.
  await run("cp", "--part-size", "5", ...writing, job.large, url("parts"));
  await run("cp", "--part-size", "5", url("parts"), join(job.folder, "parts"));
  job.done("parts");
}

function schemeOf(job: Job): readonly string[] {
  if (job.scheme === "sse-s3") return ["--sse", "AES256"];
  if (job.scheme === "sse-kms") return ["--sse", "aws:kms", "--sse-kms-key-id", job.kmsKeyArn];
  return [];
}
