import { setTimeout as sleep } from "node:timers/promises";
import { createRewrapJob, findRewrapRun, type RewrapRun, type Vault } from "@strongroom/server";
import type { Command } from "commander";
import { openFolder } from "../open-folder.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";
import { keysGroup } from "./keys-group.ts";

const LOOK_INTERVAL_MS = 1_000;

/** `strongroom keys rewrap`: how far the wrapping under the newest master key is; asks for a run where there was none. */
export function addKeysRewrap(program: Command): void {
  const command = keysGroup(program)
    .command("rewrap")
    .description("wrap every data key under the newest SSE-S3 master key, without touching data")
    .option("--watch", "stay until it is done, and work on it when no server does")
    .option("--json", "print objects instead of lines");
  addSettingOptions(command, FOLDER_SETTINGS).action(async (options: Record<string, unknown>) => {
    const { vault } = await openFolder(flagsOf(options));
    try {
      await createRewrapJob(vault).request(vault.masterKeys.current().version);
      const isJson = options["json"] === true;
      if (options["watch"] === true) await watchRewrap(vault, isJson);
      else printRun((await findRewrapRun(vault.records))?.run ?? null, isJson);
    } finally {
      await vault.close();
    }
  });
}

/** Prints progress until the run is over; takes it up whenever nobody else has it. */
export async function watchRewrap(vault: Vault, isJson: boolean): Promise<void> {
  const job = createRewrapJob(vault);
  for (;;) {
    let printedMs = 0;
    const run = await job.work(
      () => false,
      (now) => {
        if (Date.now() - printedMs < LOOK_INTERVAL_MS || now.finishedMs !== null) return;
        printedMs = Date.now();
        printRun(now, isJson);
      },
    );
    printRun(run, isJson);
    if (run === null || run.finishedMs !== null) return;
    await sleep(LOOK_INTERVAL_MS);
  }
}

function printRun(run: RewrapRun | null, isJson: boolean): void {
  if (isJson) {
    process.stdout.write(`${JSON.stringify(run)}\n`);
    return;
  }
  if (run === null) {
    process.stdout.write("no run was asked for\n");
    return;
  }
  const { targetVersion, wrapped, looked, passes, finishedMs, unreadable = 0 } = run;
  const state =
    finishedMs === null
      ? `pass ${passes + 1}: ${looked} data keys looked at, ${wrapped} wrapped anew in all`
      : `done at ${new Date(finishedMs).toISOString()}: ${looked} data keys, none under a version before ${targetVersion}; ${wrapped} were wrapped anew`;
  const left =
    unreadable === 0 ? "" : `; ${unreadable} records hold data keys that do not open, and were left`;
  process.stdout.write(`master key version ${targetVersion}: ${state}${left}\n`);
}
