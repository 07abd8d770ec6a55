import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { missingTool, runTool } from "../../harness/tool-lookup.ts";
import { type Job, RANGE, type ReadyTool } from "../tool.ts";
import { runCommand, versionOf, writeCustomerKey } from "./run-command.ts";

export async function openS3fs(): Promise<ReadyTool | { readonly missing: string }> {
  const found = await versionOf("s3fs", "--version");
  if ("missing" in found) return found;
  const missing = await noFuse();
  return missing === false ? { ...found, run: runS3fs } : { missing };
}

/** Why a file system of a program cannot be mounted here, or false. */
async function noFuse(): Promise<string | false> {
  const noTool = missingTool("fusermount", "-V");
  if (noTool !== false) return noTool;
  const folder = mkdtempSync(join(tmpdir(), "strongroom-fuse-"));
  try {
    const passwords = join(folder, "passwd-s3fs");
    writeFileSync(passwords, "none:none\n", { mode: 0o600 });
    const mount = join(folder, "mount");
    mkdirSync(mount);
    // Nothing listens on the port, so that it ends by itself: what matters is how far it came.
    const options = `passwd_file=${passwords},url=https://127.0.0.1:1,use_path_request_style,retries=1`;
    const text = await runTool("s3fs", ["probe", mount, "-f", "-o", options], {
      environment: {},
      home: folder,
    }).catch(String);
    const refused = /^fuse.*$/m.exec(String(text));
    return refused === null ? false : `nothing can be mounted here (${refused[0].replace(folder, "")})`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runS3fs(job: Job): Promise<void> {
  const mount = join(job.folder, "mount");
  mkdirSync(mount);
  await runCommand(job, "s3fs", [job.bucket, mount, ...optionsOf(job).flatMap((option) => ["-o", option])], {
    CURL_CA_BUNDLE: job.environment.caFile,
  });
  try {
    await useMount(job, join(mount, job.prefix));
  } finally {
    await runCommand(job, "fusermount", ["-u", "-z", mount]);
  }
}

async function useMount(job: Job, folder: string): Promise<void> {
  const at = (name: string): string => join(folder, name);
  const run = (command: string, ...parameters: readonly string[]): ReturnType<typeof runCommand> =>
    runCommand(job, command, parameters);
  await run("mkdir", "-p", folder);
  await run("cp", job.small, at("object"));
  job.done("put");
  await run("stat", at("object"));
  job.done("head");
  const bounds = [`skip=${RANGE.first}`, `count=${RANGE.last - RANGE.first + 1}`];
  const whole = ["bs=64K", "iflag=skip_bytes,count_bytes", "status=none"];
  await run("dd", `if=${at("object")}`, `of=${join(job.folder, "range")}`, ...bounds, ...whole);
  job.done("range");
  // A new name is a copy on the server.
  await run("cp", job.small, at("renamed"));
  await run("mv", at("renamed"), at("copy"));
  job.done("copy");
  await run("cp", at("copy"), join(job.folder, "get"));
  job.done("get");
  await run("cp", job.large, at("parts"));
  await run("cp", at("parts"), join(job.folder, "parts"));
  job.done("parts");
}

function optionsOf(job: Job): readonly string[] {
  const { environment, folder } = job;
  const passwords = join(folder, "passwd-s3fs");
  const { accessKeyId, secretAccessKey } = environment.credentials;
  writeFileSync(passwords, `${accessKeyId}:${secretAccessKey}\n`, { mode: 0o600 });
  return [
    `passwd_file=${passwords}`,
    `url=${environment.endpoint}`,
    `endpoint=${environment.region}`,
    "use_path_request_style",
    "multipart_size=5",
    // The first try is without the authority that a variable names.
    "retries=3",
    ...schemeOf(job),
  ];
}

function schemeOf(job: Job): readonly string[] {
  if (job.scheme === "sse-s3") return ["use_sse=1"];
  if (job.scheme === "sse-kms") return [`use_sse=kmsid:${job.kmsKeyArn}`];
  return job.scheme === "sse-c" ? [`use_sse=custom:${writeCustomerKey(job)}`] : [];
}
