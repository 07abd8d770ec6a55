import { type ReencryptionRequest, viewOfJob } from "@strongroom/server";
import { type Command, InvalidArgumentError, Option } from "commander";
import { atDesk, JOB_SETTINGS } from "../jobs/open-desk.ts";
import { printProgress } from "../jobs/print-job.ts";
import { addSettingOptions } from "../setting-options.ts";
import { jobsGroup } from "./jobs-group.ts";

const SCHEMES = { AES256: "sse-s3", "aws:kms": "sse-kms", "aws:kms:dsse": "dsse-kms" } as const;
const TARGETS = { AES256: "sse-s3", "aws:kms": "sse-kms" } as const;

/** `strongroom jobs create re-encrypt`: asks the server for a job and prints its id. */
export function addJobsCreate(program: Command): void {
  const command = jobsGroup(program)
    .command("create")
    .description("ask for a job")
    .command("re-encrypt")
    .description("put all objects that match under another scheme or key, without moving their data")
    .requiredOption("--bucket <NAME>", "of this bucket")
    .option("--prefix <PREFIX>", "only keys that begin with it", "")
    .addOption(new Option("--scheme-is <SCHEME>", "only what is encrypted so").choices(Object.keys(SCHEMES)))
    .option("--key-is <KEY>", "only what is under this KMS key (ARN, id or alias)")
    .option("--created-before <DATE>", "only what was written before (2026-05-01, or with a time)", parseDate)
    .addOption(
      new Option("--versions <WHICH>", "all, or only the current ones")
        .choices(["all", "current"])
        .default("all"),
    )
    .addOption(
      new Option("--to <SCHEME>", "how they shall be encrypted")
        .choices(Object.keys(TARGETS))
        .makeOptionMandatory(),
    )
    .option("--kms-key-id <KEY>", "with --to aws:kms: under this KMS key (ARN, id or alias)")
    .option("--bucket-key", "with --to aws:kms: with a bucket key, which spares calls to the key service")
    .option("--json", "print an object instead of lines");
  addSettingOptions(command, JOB_SETTINGS).action((options: Record<string, unknown>) =>
    atDesk(options, async ({ desk, isServed }) => {
      const job = await desk.create(requestOf(options));
      const view = viewOfJob(job, Date.now());
      if (options["json"] === true) process.stdout.write(`${JSON.stringify(view)}\n`);
      else {
        process.stdout.write(printProgress(view));
        process.stderr.write(`see how far it is with: strongroom jobs show ${job.id} --watch\n`);
        if (!isServed()) process.stderr.write("no server runs on this folder: it waits for one\n");
      }
    }),
  );
}

function requestOf(options: Readonly<Record<string, unknown>>): ReencryptionRequest {
  const textOf = (name: string): string | null => {
    const value = options[name];
    return typeof value === "string" ? value : null;
  };
  const { createdBefore, versions } = options;
  const scheme = textOf("schemeIs");
  return {
    bucket: textOf("bucket") ?? "",
    prefix: textOf("prefix") ?? "",
    scheme: isOneOf(SCHEMES, scheme) ? SCHEMES[scheme] : null,
    key: textOf("keyIs"),
    createdBeforeMs: typeof createdBefore === "number" ? createdBefore : null,
    versions: versions === "current" ? "current" : "all",
    to: options["to"] === "AES256" ? "sse-s3" : "sse-kms",
    toKey: textOf("kmsKeyId"),
    bucketKey: options["bucketKey"] === true,
  };
}

function isOneOf<Names extends object>(names: Names, value: string | null): value is string & keyof Names {
  return value !== null && Object.hasOwn(names, value);
}

const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** A day is meant from its first moment, UTC. */
function parseDate(text: string): number {
  const ms = DATE.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new InvalidArgumentError("A date as 2026-05-01, or a time as 2026-05-01T12:00:00Z.");
}
