import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Job, RANGE, type ReadyTool } from "../tool.ts";
import { cutRange, runCommand } from "./run-command.ts";

export const s3cmd = (version: string): ReadyTool => ({ version, run: runS3cmd });

async function runS3cmd(job: Job): Promise<void> {
  const config = writeConfig(job);
  const run = async (...parameters: readonly string[]): Promise<string> =>
    (await runCommand(job, "s3cmd", ["-c", config, "--no-progress", ...parameters])).stdout;
  const url = (name: string): string => `s3://${job.bucket}/${job.prefix}${name}`;
  const writing = schemeOf(job);

  await run("put", ...writing, job.small, url("object"));
  job.done("put");
  job.done("head", seenIn(await run("info", url("object"))));
  // Its ranged read is that of a download which was broken off: from what is there to the end.
  const started = join(job.folder, "started");
  writeFileSync(started, readFileSync(job.small).subarray(0, RANGE.first));
  await run("get", "--continue", url("object"), started);
  cutRange(job, started);
  job.done("range");
  await run("cp", ...writing, url("object"), url("copy"));
  job.done("copy");
  await run("get", url("copy"), join(job.folder, "get"));
  job.done("get");
  await run("put", "--multipart-chunk-size-mb=5", ...writing, job.large, url("parts"));
  await run("get", url("parts"), join(job.folder, "parts"));
  job.done("parts");
}

function writeConfig({ environment, folder }: Job): string {
  const host = new URL(environment.endpoint).host;
  const path = join(folder, "s3cfg");
  const lines = [
    "[default]",
    `access_key = ${environment.credentials.accessKeyId}`,
    `secret_key = ${environment.credentials.secretAccessKey}`,
    `host_base = ${host}`,
    `host_bucket = ${host}`,
    `bucket_location = ${environment.region}`,
    `ca_certs_file = ${environment.caFile}`,
    "use_https = True",
  ];
  writeFileSync(path, lines.join("\n"));
  return path;
}

function schemeOf(job: Job): readonly string[] {
  if (job.scheme === "sse-s3") return ["--server-side-encryption"];
  if (job.scheme === "sse-kms")
    return ["--server-side-encryption", `--server-side-encryption-kms-id=${job.kmsKeyArn}`];
  return [];
}

const seenIn = (info: string): string | undefined => /^\s*SSE:\s+(\S+)/m.exec(info)?.[1];
