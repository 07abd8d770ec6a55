import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Checkout } from "./checkout.ts";
import type { FoundTest } from "./classify.ts";

const PLUGIN_FOLDER = fileURLToPath(new URL(".", import.meta.url));
const TEST_TIMEOUT_SECONDS = 90;

/** How one test ended; `error` is a failure of its set-up or clean-up. */
export interface TestResult {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly seconds: number;
  readonly message: string;
}

export interface SuiteContext {
  /** Of the checkout's folder `s3tests/functional`. */
  readonly files: readonly string[];
  readonly checkout: Checkout;
  readonly scratch: string;
  readonly caFile: string;
  readonly region: string;
  /** Names of tests that get buckets as they were made before April 2023. */
  readonly oldDefaults: readonly string[];
  /** Whether a store that knows nothing of encryption takes the place of the one that is tested. */
  readonly isBlind: boolean;
}

interface PytestInput {
  readonly shard: number;
  readonly shards: number;
  readonly configuration: string;
  readonly selected: string | null;
}

async function runPytest(
  context: SuiteContext,
  input: PytestInput,
): Promise<readonly Record<string, unknown>[]> {
  const { checkout, scratch } = context;
  const files = context.files.map((file) => `s3tests/functional/${file}`);
  const report = join(scratch, `report-${input.selected === null ? "found" : input.shard}.jsonl`);
  writeFileSync(report, "");
  const configurationFile = join(scratch, `s3tests-${input.shard}.conf`);
  writeFileSync(configurationFile, input.configuration, { mode: 0o600 });
  const oldDefaultsFile = join(scratch, `old-defaults-${input.shard}.json`);
  writeFileSync(oldDefaultsFile, JSON.stringify(context.oldDefaults));
  const flags = [
    "-q",
    "-p",
    "report_plugin",
    "-p",
    "old_defaults_plugin",
    "-p",
    "no:cacheprovider",
    "--no-header",
    "--tb=no",
  ];
  if (context.isBlind) flags.push("-p", "blind_plugin");
  if (input.selected !== null) flags.push(`--timeout=${TEST_TIMEOUT_SECONDS}`, "--timeout-method=signal");
  const { AWS_PROFILE: _profile, AWS_ENDPOINT_URL: _endpoint, ...inherited } = process.env;
  const child = spawn(checkout.python, ["-m", "pytest", ...flags, ...files], {
    cwd: checkout.folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...inherited,
      PYTHONPATH: PLUGIN_FOLDER,
      PYTHONDONTWRITEBYTECODE: "1",
      S3TEST_CONF: configurationFile,
      AWS_CA_BUNDLE: context.caFile,
      REQUESTS_CA_BUNDLE: context.caFile,
      SSL_CERT_FILE: context.caFile,
      AWS_DEFAULT_REGION: context.region,
      AWS_MAX_ATTEMPTS: "2",
      AWS_EC2_METADATA_DISABLED: "true",
      STRONGROOM_SHARD: String(input.shard),
      STRONGROOM_SHARDS: String(input.shards),
      STRONGROOM_REPORT: report,
      STRONGROOM_OLD_DEFAULTS: oldDefaultsFile,
      ...(input.selected === null ? {} : { STRONGROOM_SELECTED: input.selected }),
    },
  });
  let tail = "";
  const keep = (chunk: Buffer): void => {
    tail = (tail + chunk.toString()).slice(-2_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const stop = (): void => void child.kill("SIGTERM");
  process.once("exit", stop);
  const code = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (exit) => resolve(exit ?? -1));
  });
  process.off("exit", stop);
  const allowed = input.selected === null ? [0, 5] : [0, 1];
  if (!allowed.includes(code)) throw new Error(`pytest ended with ${code}:\n${tail}`);
  return readFileSync(report, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Object.fromEntries(Object.entries(JSON.parse(line))));
}

/** All tests of the files, with their markers. */
export async function findTests(context: SuiteContext, configuration: string): Promise<readonly FoundTest[]> {
  const lines = await runPytest(context, { shard: 0, shards: 1, configuration, selected: null });
  return lines.map((line) => ({
    name: String(line["name"]),
    markers: Array.isArray(line["markers"]) ? line["markers"].map(String) : [],
  }));
}

/** Runs the named tests in as many pytest processes as there are configurations; a test fails if any phase does. */
export async function runTests(
  context: SuiteContext,
  names: readonly string[],
  configurations: readonly string[],
): Promise<ReadonlyMap<string, TestResult>> {
  const selected = join(context.scratch, "selected.json");
  writeFileSync(selected, JSON.stringify(names));
  const shards = configurations.length;
  const perShard = await Promise.all(
    configurations.map((configuration, shard) =>
      runPytest(context, { shard, shards, configuration, selected }),
    ),
  );
  const results = new Map<string, TestResult>();
  for (const line of perShard.flat().filter((each) => each["kind"] === "ran")) {
    const name = String(line["name"]);
    const known = results.get(name);
    if (known?.outcome === "failed") continue;
    const outcome =
      line["outcome"] === "passed" ? "passed" : line["outcome"] === "skipped" ? "skipped" : "failed";
    const when = line["when"] === "call" ? "" : `${String(line["when"])}: `;
    results.set(name, {
      name,
      outcome,
      seconds: Number(line["seconds"]),
      message: when + String(line["message"]),
    });
  }
  return results;
}
