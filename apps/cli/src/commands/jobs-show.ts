import { setTimeout as sleep } from "node:timers/promises";
import { isOver, type Job, reportOfJob, viewOfJob } from "@strongroom/server";
import type { Command } from "commander";
import { atDesk, JOB_SETTINGS, type OpenedDesk } from "../jobs/open-desk.ts";
import { printProgress, printReport } from "../jobs/print-job.ts";
import { addSettingOptions } from "../setting-options.ts";
import { jobsGroup } from "./jobs-group.ts";

/** Where a server works on it, and where this command does. */
const LOOK_INTERVAL_MS = 1_000;
const OWN_LOOK_INTERVAL_MS = 200;

/**
 * `strongroom jobs show`: one job, and what matched and stays as it was. With `--watch` exit code 1 when it did not
 * come to its end, or when versions failed.
 */
export function addJobsShow(program: Command): void {
  const command = jobsGroup(program)
    .command("show")
    .description("show how far a job is, and what it left as it was")
    .argument("<id>", "as `jobs create` and `jobs list` print it")
    .option("--watch", "stay until it is over or paused, and work on it when no server does")
    .option("--json", "print objects instead of lines");
  addSettingOptions(command, JOB_SETTINGS).action((id: string, options: Record<string, unknown>) =>
    atDesk(options, async (opened) => {
      const isJson = options["json"] === true;
      const isWatching = options["watch"] === true;
      const job = isWatching ? await watch(opened, id, isJson) : await opened.desk.require(id);
      const report = reportOfJob(job, await Array.fromAsync(opened.desk.report(id)), Date.now());
      process.stdout.write(isJson ? `${JSON.stringify(report)}\n` : printReport(report));
      if (isWatching && (report.state !== "complete" || report.failed > 0)) process.exitCode = 1;
    }),
  );
}

/** Prints progress until the job is over or paused; works on it itself where there is no server. */
async function watch({ desk, runner, isServed }: OpenedDesk, id: string, isJson: boolean): Promise<Job> {
  let isLeft = false;
  let working: Promise<void> | null = null;
  let printed = "";
  try {
    for (;;) {
      const job = await desk.require(id);
      if (isOver(job) || job.state === "paused") return job;
      const view = viewOfJob(job, Date.now());
      const text = isJson ? `${JSON.stringify(view)}\n` : printProgress(view);
      if (text !== printed) process.stdout.write(text);
      printed = text;
      if (working === null && !isServed()) {
        working = runner
          .work(() => isLeft || isServed())
          .finally(() => {
            working = null;
          });
        // Whatever it met, the next look at the records meets as well, or passed.
        working.catch(() => {});
      }
      await sleep(working === null ? LOOK_INTERVAL_MS : OWN_LOOK_INTERVAL_MS);
    }
  } finally {
    isLeft = true;
    await working;
  }
}
