import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { Job, ReadyTool } from "../tool.ts";
import { cutRange, runCommand, runInto } from "./run-command.ts";

export const restic = (version: string): ReadyTool => ({ version, run: runRestic });

/** A backup is its put; reading one file of it reads ranges of pack files. */
async function runRestic(job: Job): Promise<void> {
  const variables = {
    RESTIC_REPOSITORY: `s3:${job.environment.endpoint}/${job.bucket}/${job.prefix}object`,
    RESTIC_PASSWORD: "correct horse",
    RESTIC_CACHE_DIR: join(job.folder, "cache"),
    RESTIC_CACERT: job.environment.caFile,
  };
  const run = (...parameters: readonly string[]): ReturnType<typeof runCommand> =>
    runCommand(job, "restic", ["--cacert", job.environment.caFile, ...parameters], variables);
  await run("init");
  await run("backup", job.small, job.large);
  job.done("put");
  const dump = ["--cacert", job.environment.caFile, "dump", "latest", job.small];
  await runInto(job, "dumped", "restic", dump, variables);
  cutRange(job, join(job.folder, "dumped"));
  job.done("range");
  await run("check", "--read-data");
  const back = join(job.folder, "back");
  await run("restore", "latest", "--target", back);
  copyFileSync(join(back, job.small), join(job.folder, "get"));
  job.done("get");
}
