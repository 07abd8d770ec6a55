// Replays requests to the key service whose answers were recorded from AWS and compares status, code, message and fields.
import { startTestServer } from "../harness/test-server.ts";
import type { WireClient } from "../harness/wire-client.ts";
import { KMS_CRYPTO_SCENARIOS } from "./aws-recorded/kms/kms-crypto-scenarios.ts";
import { KMS_IMPORT_SCENARIOS } from "./aws-recorded/kms/kms-import-scenarios.ts";
import { KMS_KEY_SCENARIOS } from "./aws-recorded/kms/kms-key-scenarios.ts";
import { KmsScenario, type KmsScenarios, SECOND_REGION } from "./aws-recorded/kms/kms-scenario.ts";
import { findRecordingsFolder, type Recording, readRecordings } from "./aws-recorded/recordings.ts";
import { keepReport, percent } from "./compatibility-report.ts";

const SUITE = "aws-recorded-kms";
const SCENARIOS: KmsScenarios = { ...KMS_KEY_SCENARIOS, ...KMS_CRYPTO_SCENARIOS, ...KMS_IMPORT_SCENARIOS };

/** Recordings that are not replayed, and why. */
const NOT_REPLAYED: Readonly<Record<string, string>> = {
  "TestKMS::test_verify_salt_length": "nothing was recorded: the test looks at signatures alone",
};

/** Recordings that cannot match, and why. */
const EXPLAINED: Readonly<Record<string, string>> = {
  "TestKMS::test_rotate_key_on_demand_raises_error_given_key_with_imported_key_material":
    "recorded before AWS rotated imported keys; a later recording of the same request is matched",
};

const shortName = (name: string): string => name.replace(/^test_kms\.py::/, "").replace(/\[.*$/, "");

async function replay(recording: Recording, client: WireClient): Promise<readonly string[]> {
  const run = SCENARIOS[shortName(recording.name)];
  if (run === undefined) throw new Error(`no scenario replays ${recording.name}`);
  const scenario = new KmsScenario(recording, client);
  try {
    await run(scenario, /\[(.*)\]$/.exec(recording.name)?.[1] ?? "");
    scenario.finish();
  } catch (error) {
    scenario.problems.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
  return scenario.problems;
}

async function main(): Promise<void> {
  const folder = findRecordingsFolder();
  if (folder === null) {
    process.stdout.write("skipped: no folder shared/aws-recorded beside this repository or above it\n");
    return;
  }
  const all = [...readRecordings(folder, "kms").values()];
  const recordings = all.filter(
    ({ name, answers }) => !(shortName(name) in NOT_REPLAYED) && answers.size > 0,
  );
  const server = await startTestServer(SUITE, { moreArguments: ["--key-regions", SECOND_REGION] });
  try {
    const passed: string[] = [];
    const failures: { test: string; problems: readonly string[]; reason: string | null }[] = [];
    for (const recording of recordings) {
      const { name } = recording;
      const problems = await replay(recording, server.client);
      process.stdout.write(`${problems.length === 0 ? "pass" : "FAIL"} ${name}\n`);
      for (const problem of problems) process.stdout.write(`       ${problem}\n`);
      if (problems.length === 0) passed.push(name);
      else {
        const reason = EXPLAINED[shortName(name)] ?? null;
        failures.push({ test: name, problems: problems.slice(0, 3).map(withoutIds), reason });
      }
    }
    const report = {
      suite: "answers of KMS recorded from AWS by LocalStack's validated tests (tests/aws/services/kms)",
      recorded: all.length,
      recordedNothing: all.length - recordings.length,
      replayed: recordings.length,
      passedCount: passed.length,
      percentOfReplayed: percent(passed.length, recordings.length),
      failures,
      passed: passed.sort(),
    };
    if (!keepReport(SUITE, new Set(passed), report)) process.exitCode = 1;
    process.stdout.write(`${passed.length} of ${recordings.length} replayed recordings passed\n`);
  } finally {
    await server.close();
  }
}

/** Without what changes from run to run. */
const withoutIds = (problem: string): string =>
  problem
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "KEY")
    .replace(/:\d{12}:/g, ":ACCOUNT:")
    .slice(0, 300);

await main();
