import { viewOfJob } from "@strongroom/server";
import type { Command } from "commander";
import { atDesk, JOB_SETTINGS } from "../jobs/open-desk.ts";
import { printJob } from "../jobs/print-job.ts";
import { addSettingOptions } from "../setting-options.ts";
import { jobsGroup } from "./jobs-group.ts";

/** `strongroom jobs list`: every job that is kept, the newest first. */
export function addJobsList(program: Command): void {
  const command = jobsGroup(program)
    .command("list")
    .description("list the jobs, and those that ended in the last 90 days")
    .option("--json", "print an array instead of lines");
  addSettingOptions(command, JOB_SETTINGS).action((options: Record<string, unknown>) =>
    atDesk(options, async ({ desk }) => {
      const nowMs = Date.now();
      const views = (await desk.list()).map((job) => viewOfJob(job, nowMs));
      const lines = views.length === 0 ? "there is no job\n" : views.map(printJob).join("");
      process.stdout.write(options["json"] === true ? `${JSON.stringify(views)}\n` : lines);
    }),
  );
}
