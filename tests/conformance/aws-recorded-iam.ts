// Replays requests to IAM whose answers were recorded from AWS and compares status, code, message and fields.
import { Agent } from "node:https";
import { parseArgs } from "node:util";
import { IAMClient } from "@aws-sdk/client-iam";
import { startTestServer } from "../harness/test-server.ts";
import { IamScenario } from "./aws-recorded/iam/iam-scenario.ts";
import { IAM_SCENARIOS, NOT_OFFERED } from "./aws-recorded/iam/iam-scenarios.ts";
import { findRecordingsFolder, type Recording, readRecordings } from "./aws-recorded/recordings.ts";
import { keepReport, percent } from "./compatibility-report.ts";

const SUITE = "aws-recorded-iam";
const { values: options } = parseArgs({
  // A pattern of test names, for a quick look: nothing is written then.
  options: { only: { type: "string" } },
});

interface Outcome {
  readonly name: string;
  readonly problems: readonly string[];
}

async function replay(recording: Recording, client: IAMClient): Promise<Outcome> {
  const { name } = recording;
  const run = IAM_SCENARIOS[name.replace(/\[.*$/, "")];
  if (run === undefined) throw new Error(`no scenario replays ${name}, and no reason says why`);
  const scenario = new IamScenario(recording, client);
  try {
    await run(scenario, /\[(.*)\]$/.exec(name)?.[1] ?? "");
    scenario.finish();
  } catch (error) {
    scenario.problems.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
  return { name, problems: scenario.problems };
}

/** How many recorded tests each reason leaves out. */
function countLeftOut(names: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(NOT_OFFERED).map(([start, reason]) => [
      reason,
      names.filter((name) => name.startsWith(start)).length,
    ]),
  );
}

async function main(): Promise<void> {
  const folder = findRecordingsFolder();
  if (folder === null) {
    process.stdout.write("skipped: no folder shared/aws-recorded beside this repository or above it\n");
    return;
  }
  const recordings = readRecordings(folder, "iam");
  const names = [...recordings.keys()];
  const pattern = new RegExp(options.only ?? "");
  const chosen = [...recordings.values()].filter(
    ({ name }) => pattern.test(name) && !Object.keys(NOT_OFFERED).some((start) => name.startsWith(start)),
  );
  if (chosen.length === 0) throw new Error("no recording was chosen");
  const server = await startTestServer(SUITE, { workers: 2 });
  try {
    const { endpoint, region, ca, credentials } = server.environment;
    const requestHandler = { httpsAgent: new Agent({ ca, keepAlive: true }) };
    const client = new IAMClient({ endpoint, region, credentials, requestHandler, maxAttempts: 1 });
    const outcomes: Outcome[] = [];
    for (const recording of chosen) {
      const outcome = await replay(recording, client);
      outcomes.push(outcome);
      process.stdout.write(`${outcome.problems.length === 0 ? "pass" : "FAIL"} ${outcome.name}\n`);
      for (const problem of outcome.problems.slice(0, 8)) process.stdout.write(`       ${problem}\n`);
    }
    client.destroy();
    conclude(names, outcomes);
  } finally {
    await server.close();
  }
}

function conclude(names: readonly string[], outcomes: readonly Outcome[]): void {
  const failed = outcomes.filter(({ problems }) => problems.length > 0);
  const passed = outcomes.filter(({ problems }) => problems.length === 0).map(({ name }) => name);
  const counts = `${passed.length} of ${outcomes.length} replayed recordings passed`;
  if (options.only === undefined) {
    const report = {
      suite: "answers of IAM recorded from AWS by LocalStack's validated tests (tests/aws/services/iam)",
      recorded: names.length,
      notReplayed: countLeftOut(names),
      replayed: outcomes.length,
      passedCount: passed.length,
      percentOfReplayed: percent(passed.length, outcomes.length),
      failures: failed.map(({ name, problems }) => ({ test: name, problems: problems.slice(0, 3) })),
      passed: passed.sort(),
    };
    if (!keepReport(SUITE, new Set(passed), report)) process.exitCode = 1;
  }
  process.stdout.write(`${counts}\n`);
}

await main();
