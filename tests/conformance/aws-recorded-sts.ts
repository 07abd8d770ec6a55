// Replays requests to STS whose answers were recorded from AWS and compares status, code, message and fields.
import { startTestServer } from "../harness/test-server.ts";
import type { WireClient } from "../harness/wire-client.ts";
import { findRecordingsFolder, type Recording, readRecordings } from "./aws-recorded/recordings.ts";
import { StsScenario } from "./aws-recorded/sts/sts-scenario.ts";
import { STS_SCENARIOS } from "./aws-recorded/sts/sts-scenarios.ts";
import { keepReport, percent } from "./compatibility-report.ts";

const SUITE = "aws-recorded-sts";

async function replay(recording: Recording, client: WireClient): Promise<readonly string[]> {
  const run = STS_SCENARIOS[recording.name];
  if (run === undefined) throw new Error(`no scenario replays ${recording.name}`);
  const scenario = new StsScenario(recording, client);
  try {
    await run(scenario);
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
  const recordings = [...readRecordings(folder, "sts").values()];
  const server = await startTestServer(SUITE);
  try {
    const passed: string[] = [];
    const failures: { test: string; problems: readonly string[] }[] = [];
    for (const recording of recordings) {
      const { name } = recording;
      const problems = await replay(recording, server.client);
      process.stdout.write(`${problems.length === 0 ? "pass" : "FAIL"} ${name}\n`);
      for (const problem of problems) process.stdout.write(`       ${problem}\n`);
      if (problems.length === 0) passed.push(name);
      else failures.push({ test: name, problems: problems.slice(0, 3) });
    }
    const report = {
      suite: "answers of STS recorded from AWS by LocalStack's validated tests (tests/aws/services/sts)",
      recorded: recordings.length,
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

await main();
