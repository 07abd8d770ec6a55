import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { missingTool, runTool } from "../../harness/tool-lookup.ts";
import { type Job, RANGE } from "../tool.ts";

/** Runs a command in the job's folder with the variables of `strongroom env`; one set to "" is left out. */
export async function runCommand(
  job: Job,
  command: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const variables = { ...job.environment.variables, ...environment };
  return runTool(command, parameters, {
    environment: Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== "")),
    home: job.folder,
  });
}

/** The same, with what it prints in the file `name` of the job's folder. */
export const runInto = (
  job: Job,
  name: string,
  command: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ReturnType<typeof runCommand> =>
  runCommand(
    job,
    "sh",
    ["-c", 'out=$1; shift; exec "$@" >"$out"', "sh", join(job.folder, name), command, ...parameters],
    environment,
  );

/** The first number with dots that `command` prints, on either stream; or why it is not here. */
export async function versionOf(
  command: string,
  ...parameters: string[]
): Promise<{ readonly version: string } | { readonly missing: string }> {
  const missing = missingTool(command, ...parameters);
  if (missing !== false) return { missing };
  const { stdout, stderr } = await runTool(command, parameters, { environment: {}, home: tmpdir() });
  return { version: /\d+(?:\.\d+)+/.exec(stdout + stderr)?.[0] ?? "unknown" };
}

/** The customer's key as a file of the 32 bytes, which only its owner may read. */
export function writeCustomerKey(job: Job): string {
  const path = join(job.folder, "customer.key");
  writeFileSync(path, job.customerKey, { mode: 0o600 });
  return path;
}

/** For tools whose ranged read has other bounds: cuts the bytes of the step out of a whole copy of the object. */
export const cutRange = (job: Job, whole: string): void =>
  writeFileSync(join(job.folder, "range"), readFileSync(whole).subarray(RANGE.first, RANGE.last + 1));
