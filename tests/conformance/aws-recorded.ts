// Replays requests whose answers were recorded from AWS and compares status, code, message and fields.
import { Agent } from "node:https";
import { parseArgs } from "node:util";
import { runStrongroom } from "../harness/strongroom-process.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { createClient } from "./aws-recorded/answer.ts";
import { findRecordingsFolder, type Recording, readRecordings } from "./aws-recorded/recordings.ts";
import { type Clients, type Replay, Scenario } from "./aws-recorded/scenario.ts";
import { SCENARIOS } from "./aws-recorded/scenarios/index.ts";
import { keepReport, percent } from "./compatibility-report.ts";

const SUITE = "aws-recorded";
const LANES = 4;
const { values: options } = parseArgs({
  options: {
    // A pattern of test names, for a quick look: nothing is written then.
    only: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});

interface Outcome {
  readonly name: string;
  readonly problems: readonly string[];
}

async function createClients(server: TestServer): Promise<Clients> {
  const { endpoint, region, ca, credentials } = server.environment;
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 32 });
  const account: unknown = JSON.parse(
    await runStrongroom(["account", "create", "other", "--json", "--data-dir", server.folder.dataDir]),
  );
  const field = (name: string): string =>
    account !== null && typeof account === "object" ? String(Reflect.get(account, name)) : "";
  const otherCredentials = { accessKeyId: field("accessKeyId"), secretAccessKey: field("secretAccessKey") };
  return {
    s3: createClient({ endpoint, region, agent, credentials }),
    other: createClient({ endpoint, region, agent, credentials: otherCredentials }),
    wire: server.client,
    withSettings: (more) =>
      createClient({ endpoint, region, agent, credentials, ...(more === undefined ? {} : { more }) }),
  };
}

async function replay(recording: Recording, run: Replay, clients: Clients): Promise<Outcome> {
  const scenario = new Scenario(recording, clients);
  try {
    await scenario.start();
    await run(scenario, /\[(.*)\]$/.exec(recording.name)?.[1] ?? "");
    scenario.finish();
  } catch (error) {
    scenario.problems.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
  return { name: recording.name, problems: scenario.problems };
}

/** The recordings that have a scenario; a scenario without a recording is a mistake in its name. */
function chooseRecordings(all: ReadonlyMap<string, Recording>): readonly (readonly [Recording, Replay])[] {
  const pattern = options.only === undefined ? null : new RegExp(options.only);
  return Object.entries(SCENARIOS).flatMap(([name, run]) => {
    const found = [...all.values()].filter((each) => each.name === name || each.name.startsWith(`${name}[`));
    if (found.length === 0) throw new Error(`no recording is called ${name}`);
    return found
      .filter((each) => pattern === null || pattern.test(each.name))
      .map((each) => [each, run] as const);
  });
}

async function replayAll(
  chosen: readonly (readonly [Recording, Replay])[],
  clients: Clients,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const queue = chosen.values();
  const lane = async (): Promise<void> => {
    for (const [recording, run] of queue) {
      const outcome = await replay(recording, run, clients);
      outcomes.push(outcome);
      const isPassed = outcome.problems.length === 0;
      process.stdout.write(`${isPassed ? "pass" : "FAIL"} ${outcome.name}\n`);
      for (const problem of outcome.problems.slice(0, options.verbose ? 100 : 4))
        process.stdout.write(`       ${problem}\n`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return outcomes.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function main(): Promise<void> {
  const folder = findRecordingsFolder();
  if (folder === null) {
    process.stdout.write("skipped: no folder shared/aws-recorded beside this repository or above it\n");
    return;
  }
  const recordings = readRecordings(folder);
  const chosen = chooseRecordings(recordings);
  if (chosen.length === 0) throw new Error("no recording was chosen");
  const server = await startTestServer(SUITE, { workers: 2 });
  try {
    const outcomes = await replayAll(chosen, await createClients(server));
    const passed = outcomes.filter((each) => each.problems.length === 0).map((each) => each.name);
    process.stdout.write(
      `${passed.length} of ${outcomes.length} replayed recordings passed (${recordings.size} were recorded)\n`,
    );
    if (options.only !== undefined) return;
    const failed = outcomes.filter((each) => each.problems.length > 0);
    const report = {
      suite: "answers recorded from AWS by LocalStack's validated tests (tests/aws/services/s3)",
      recorded: recordings.size,
      replayed: outcomes.length,
      passedCount: passed.length,
      percentOfReplayed: percent(passed.length, outcomes.length),
      failures: failed.map((each) => ({
        test: each.name,
        problems: each.problems.slice(0, 3).map(withoutNames),
      })),
      passed,
    };
    if (!keepReport(SUITE, new Set(passed), report)) process.exitCode = 1;
  } finally {
    await server.close();
  }
}

/** Without what changes from run to run. */
const withoutNames = (problem: string): string =>
  problem
    .replace(/test-bucket-[0-9a-f]{8}/g, "BUCKET")
    .replace(/127\.0\.0\.1:\d+/g, "HOST")
    .slice(0, 300);

await main();
