import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  createRewrapJob,
  findNewestProof,
  findRewrapRun,
  isUnproven,
  printProof,
  type RewrapRun,
  type Vault,
} from "@strongroom/server";
import type { Command } from "commander";
import { openFolder } from "../open-folder.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";
import { keysGroup } from "./keys-group.ts";
import { rewrapKms } from "./rewrap-kms.ts";

const LOOK_INTERVAL_MS = 1_000;

/**
 * `strongroom keys rewrap`: how far the wrapping under the newest master key is; asks for a run where there was none.
 * With `--watch` exit code 1 when something was left under an older one.
 */
export function addKeysRewrap(program: Command): void {
  const command = keysGroup(program)
    .command("rewrap")
    .description("wrap every data key under the newest SSE-S3 master key, without touching data")
    .option(
      "--kms-key <KEY>",
      "instead: the objects under this KMS key (ARN, id or alias), under its newest material",
    )
    .option("--to-key <KEY>", "with --kms-key: under this KMS key")
    .option("--watch", "stay until it is done, and work on it when no server does")
    .option(
      "--proof <FILE>",
      "with --watch: write the signed proof here that nothing is left under an older one",
    )
    .option("--json", "print objects instead of lines");
  addSettingOptions(command, FOLDER_SETTINGS).action(async (options: Record<string, unknown>) => {
    const opened = await openFolder(flagsOf(options));
    const { vault } = opened;
    try {
      if (typeof options["kmsKey"] === "string") return await rewrapKms(opened, options["kmsKey"], options);
      await createRewrapJob(vault).request(vault.masterKeys.current().version);
      const isJson = options["json"] === true;
      if (options["watch"] === true) await watchRewrap(vault, isJson, options["proof"]);
      else printRun((await findRewrapRun(vault.records))?.run ?? null, isJson);
    } finally {
      await vault.close();
    }
  });
}

/** Prints progress until the run is over; takes it up whenever nobody else has it. */
export async function watchRewrap(vault: Vault, isJson: boolean, proofFile: unknown): Promise<void> {
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
    if (run !== null && run.finishedMs === null) {
      await sleep(LOOK_INTERVAL_MS);
      continue;
    }
    if (run === null || isUnproven(run)) process.exitCode = 1;
    else await writeProof(vault, proofFile);
    return;
  }
}

async function writeProof(vault: Vault, file: unknown): Promise<void> {
  const proof = await findNewestProof(vault.records);
  if (proof !== null && typeof file === "string") writeFileSync(file, printProof(proof));
}

function printRun(run: RewrapRun | null, isJson: boolean): void {
  if (isJson) process.stdout.write(`${JSON.stringify(run)}\n`);
  else if (run === null) process.stdout.write("no run was asked for\n");
  else process.stdout.write(`master key version ${run.targetVersion}: ${describeRun(run)}\n`);
}

function describeRun(run: RewrapRun): string {
  const { targetVersion, wrapped, looked, passes, finishedMs, survey = null } = run;
  const { surveyed = 0, left = 0, unknown = 0, unreadable = 0 } = run;
  if (finishedMs === null) {
    return survey === null
      ? `pass ${passes + 1}: ${looked} data keys looked at, ${wrapped} wrapped anew in all`
      : `survey ${passes}: ${surveyed} data keys looked at, ${left} of them under an older version`;
  }
  const end = `done at ${new Date(finishedMs).toISOString()}: ${surveyed} data keys, ${wrapped} were wrapped anew`;
  if (!isUnproven(run)) return `${end}, none is under a version before ${targetVersion}, which is proven`;
  return `${end}, ${left} are LEFT under older versions; ${unreadable} records hold data keys that do not open, ${unknown} are of an unknown format`;
}
