import { ServiceError } from "@strongroom/base";
import {
  composeVerification,
  findScrub,
  IndexIntegrityError,
  newPass,
  Rate,
  type VerifyProgress,
} from "@strongroom/server";
import type { Command } from "commander";
import { type OpenedFolder, openFolder } from "../open-folder.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";
import { printDamagedIndex, printProgress, printReport, reportOf } from "../verify/verify-report.ts";

const PROGRESS_INTERVAL_MS = 1_000;
const MIB = 1024 * 1024;
const EXIT_BAD = 1;

/** `strongroom verify`: exit code 1 when anything stored does not verify. */
export function addVerify(program: Command): void {
  const command = program
    .command("verify")
    .description("read everything stored and check every tag and binding; works while the server runs")
    .option("--bucket <name>", "objects and uploads of this bucket alone")
    .option("--rate <MiB>", "read no faster than this many MiB a second", parseRate)
    .option("--last", "print what the server's own scrub has found, and read nothing")
    .option("--quiet", "no progress on standard error")
    .option("--json", "print one object instead of lines");
  const settings = [...FOLDER_SETTINGS, "key-regions"] as const;
  addSettingOptions(command, settings).action(async (options: Record<string, unknown>) => {
    const isJson = options["json"] === true;
    let opened: OpenedFolder;
    try {
      opened = await openFolder(flagsOf(options));
    } catch (error) {
      if (!(error instanceof IndexIntegrityError)) throw error;
      process.stdout.write(printDamagedIndex(error.message, isJson));
      process.exitCode = EXIT_BAD;
      return;
    }
    try {
      const progress = options["last"] === true ? await lastScrub(opened) : await verifyAll(opened, options);
      if (progress === null) {
        process.stdout.write(isJson ? "null\n" : "no scrub has run on this data folder\n");
        return;
      }
      process.stdout.write(isJson ? `${JSON.stringify(reportOf(progress))}\n` : printReport(progress));
      if (progress.found > 0) process.exitCode = EXIT_BAD;
    } finally {
      await opened.vault.close();
    }
  });
}

async function lastScrub({ vault }: OpenedFolder): Promise<VerifyProgress | null> {
  return (await findScrub(vault.records))?.run ?? null;
}

async function verifyAll(
  { vault, loaded }: OpenedFolder,
  { bucket, rate, quiet }: Record<string, unknown>,
): Promise<VerifyProgress> {
  const limit = new Rate(typeof rate === "number" ? rate * MIB : 0);
  const verification = composeVerification(loaded.config, vault);
  let readBytes = 0;
  let printedMs = performance.now();
  let progress = newPass(Date.now());
  const tell = (): void => {
    if (quiet === true || performance.now() - printedMs < PROGRESS_INTERVAL_MS) return;
    printedMs = performance.now();
    process.stderr.write(printProgress(progress, readBytes));
  };
  const pass = verification.passOf({
    bucket: typeof bucket === "string" ? bucket : null,
    pace: async (bytes) => {
      readBytes += bytes;
      await limit.take(bytes);
      tell();
    },
  });
  try {
    while (progress.finishedMs === null) progress = await pass.step(progress);
    return progress;
  } finally {
    await verification.close();
  }
}

function parseRate(text: string): number {
  const mib = Number(text);
  if (mib > 0 && mib <= 1_000_000) return mib;
  throw new RateError("InvalidRate", "invalid", "--rate takes a number of MiB a second greater than 0");
}

class RateError extends ServiceError<"InvalidRate"> {}
