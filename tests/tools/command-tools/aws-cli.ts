import { join } from "node:path";
import type { ProgramCommand } from "../../harness/program-cache.ts";
import { type Job, RANGE, type ReadyTool } from "../tool.ts";
import { runCommand, writeCustomerKey } from "./run-command.ts";

/** `aws s3` for whole files, `aws s3api` for HEAD and ranges. Old versions are told the endpoint by an option alone. */
export const awsCli = (command: ProgramCommand, version: string): ReadyTool => ({
  version,
  run: (job) => runAwsCli(command, job),
});

async function runAwsCli(command: ProgramCommand, job: Job): Promise<void> {
  const aws = async (...parameters: readonly string[]): Promise<string> =>
    (
      await runCommand(job, command.file, [
        ...command.parameters,
        ...["--endpoint-url", job.environment.endpoint, ...parameters],
      ])
    ).stdout;
  const copyFile = (from: string, to: string, ...flags: readonly string[]): Promise<string> =>
    aws("s3", "cp", "--no-progress", from, to, ...flags);
  const { writing, reading, copying, api } = flagsOf(job);
  const url = (name: string): string => `s3://${job.bucket}/${job.prefix}${name}`;
  const target = ["--bucket", job.bucket, "--key", `${job.prefix}object`, ...api];

  await copyFile(job.small, url("object"), ...writing);
  job.done("put");
  job.done("head", seenIn(await aws("s3api", "head-object", "--output", "json", ...target)));
  const range = ["--range", `bytes=${RANGE.first}-${RANGE.last}`];
  await aws("s3api", "get-object", ...target, ...range, join(job.folder, "range"));
  job.done("range");
  await copyFile(url("object"), url("copy"), ...writing, ...copying);
  job.done("copy");
  await copyFile(url("copy"), join(job.folder, "get"), ...reading);
  job.done("get");
  await copyFile(job.large, url("parts"), ...writing);
  await copyFile(url("parts"), join(job.folder, "parts"), ...reading);
  job.done("parts");
}

interface Flags {
  readonly writing: readonly string[];
  readonly reading: readonly string[];
  readonly copying: readonly string[];
  readonly api: readonly string[];
}

function flagsOf(job: Job): Flags {
  const none = { reading: [], copying: [], api: [] };
  if (job.scheme === "sse-s3") return { ...none, writing: ["--sse", "AES256"] };
  if (job.scheme === "sse-kms")
    return { ...none, writing: ["--sse", "aws:kms", "--sse-kms-key-id", job.kmsKeyArn] };
  if (job.scheme !== "sse-c") return { ...none, writing: [] };
  const key = `fileb://${writeCustomerKey(job)}`;
  const customer = ["--sse-c", "AES256", "--sse-c-key", key];
  return {
    writing: customer,
    reading: customer,
    copying: ["--sse-c-copy-source", "AES256", "--sse-c-copy-source-key", key],
    api: ["--sse-customer-algorithm", "AES256", "--sse-customer-key", job.customerKey],
  };
}

function seenIn(text: string): string {
  const head: unknown = JSON.parse(text);
  if (typeof head !== "object" || head === null) return text;
  if ("SSECustomerAlgorithm" in head) return "customer";
  const scheme = "ServerSideEncryption" in head ? String(head.ServerSideEncryption) : "none";
  return "SSEKMSKeyId" in head ? `${scheme} ${head.SSEKMSKeyId}` : scheme;
}
