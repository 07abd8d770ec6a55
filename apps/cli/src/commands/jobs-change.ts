import { type JobAction, viewOfJob } from "@strongroom/server";
import type { Command } from "commander";
import { atDesk, JOB_SETTINGS } from "../jobs/open-desk.ts";
import { printProgress } from "../jobs/print-job.ts";
import { addSettingOptions } from "../setting-options.ts";
import { jobsGroup } from "./jobs-group.ts";

const ACTIONS: Readonly<Record<JobAction, string>> = {
  pause: "let a job rest; what it did stays done",
  resume: "let a paused job go on where it was",
  cancel: "end a job for good; what it did stays done",
};

/** `strongroom jobs pause|resume|cancel`. */
export function addJobsChange(program: Command): void {
  for (const action of ["pause", "resume", "cancel"] as const) {
    const command = jobsGroup(program)
      .command(action)
      .description(ACTIONS[action])
      .argument("<id>", "as `jobs create` and `jobs list` print it")
      .option("--json", "print an object instead of lines");
    addSettingOptions(command, JOB_SETTINGS).action((id: string, options: Record<string, unknown>) =>
      atDesk(options, async ({ desk }) => {
        const view = viewOfJob(await desk.change(id, action), Date.now());
        process.stdout.write(options["json"] === true ? `${JSON.stringify(view)}\n` : printProgress(view));
      }),
    );
  }
}
