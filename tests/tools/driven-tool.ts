import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import type { ProgramCommand } from "../harness/program-cache.ts";
import { runTool } from "../harness/tool-lookup.ts";
import { type Job, RANGE, type ReadyTool, STEPS } from "./tool.ts";

const TIMEOUT_MS = 120_000;

/** A program of `drivers/` that follows README.md. `environment` says how it gets the certificate authority. */
export async function openDriver(
  command: ProgramCommand,
  environment: (
    caFile: string,
    folder: string,
  ) => Promise<ProgramCommand & { readonly variables: Variables }>,
): Promise<ReadyTool> {
  const { stdout } = await runTool(command.file, [...command.parameters, "--version"], {
    environment: {},
    home: tmpdir(),
  });
  return {
    version: stdout.trim(),
    run: async (job) => {
      const started = await environment(job.environment.caFile, job.folder);
      await runDriver(
        started,
        { ...job.environment.variables, ...started.variables, ...settingsOf(job) },
        job,
      );
    },
  };
}

export type Variables = Readonly<Record<string, string>>;

/** A driver that gets its certificate authority by variables alone. */
export const openDriverWith = (
  command: ProgramCommand,
  variables: (caFile: string) => Variables,
): Promise<ReadyTool> =>
  openDriver(command, async (caFile) => ({ ...command, variables: variables(caFile) }));

function settingsOf(job: Job): Variables {
  return {
    DRIVER_BUCKET: job.bucket,
    DRIVER_PREFIX: job.prefix,
    DRIVER_SCHEME: job.scheme === "default" || job.scheme === "bucket-kms" ? "none" : job.scheme,
    DRIVER_KMS_KEY: job.kmsKeyArn,
    DRIVER_CUSTOMER_KEY: job.customerKey,
    DRIVER_SMALL: job.small,
    DRIVER_LARGE: job.large,
    DRIVER_RANGE: `${RANGE.first}-${RANGE.last}`,
    DRIVER_FOLDER: job.folder,
  };
}

function runDriver(command: ProgramCommand, variables: Variables, job: Job): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command.file, command.parameters, {
      env: {
        PATH: process.env["PATH"],
        JAVA_HOME: process.env["JAVA_HOME"],
        HOME: job.folder,
        LC_ALL: "C.UTF-8",
        AWS_EC2_METADATA_DISABLED: "true",
        ...variables,
      },
      cwd: job.folder,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: TIMEOUT_MS,
    });
    let complaints = "";
    child.stderr.on("data", (chunk: Buffer) => {
      complaints += chunk.toString("utf8");
      // What went wrong is said at the beginning or at the end, by the language.
      if (complaints.length > 4_000) complaints = `${complaints.slice(0, 700)} … ${complaints.slice(-700)}`;
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [name, ...seen] = line.trim().split(" ");
      const step = STEPS.find((one) => one === name);
      if (step === undefined) complaints += `printed ${line}\n`;
      else job.done(step, seen.length === 0 ? undefined : seen.join(" "));
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`ended with ${code ?? signal}: ${complaints}`));
    });
  });
}
