// Runs moto's tests of KMS (a checkout that MOTO_DIR names) against a server of its own and keeps what passed.
import { readFileSync } from "node:fs";
import { openVault } from "@strongroom/server";
import { startTestServer } from "../harness/test-server.ts";
import { keepReport, percent } from "./compatibility-report.ts";
import { findMoto, type MotoResult, runMoto } from "./moto-kms/run-moto.ts";

const SUITE = "moto-kms";
const REGIONS = "us-east-2,us-west-1,us-west-2,eu-west-1,eu-central-1,ap-northeast-1,ap-southeast-1";
const ACCOUNT_COUNT = 240;

interface Exclusion {
  readonly name: RegExp;
  readonly reason: string;
}

/** Tests whose expectation differs from what AWS answers, or that move the client's own clock. */
function readExclusions(): readonly Exclusion[] {
  const parsed: unknown = JSON.parse(
    readFileSync(new URL("moto-kms/exclusions.json", import.meta.url), "utf8"),
  );
  if (!Array.isArray(parsed)) throw new Error("the exclusions are no list");
  return parsed.map((entry: unknown) => {
    const field = (name: string): string => String(Reflect.get(Object(entry), name));
    return { name: new RegExp(field("name")), reason: field("reason") };
  });
}

async function makeAccounts(server: Awaited<ReturnType<typeof startTestServer>>): Promise<object[]> {
  const { dataDir, rootKeyFile } = server.folder;
  const vault = await openVault({ dataDir, rootKeyFile }, { create: false });
  try {
    const accounts: object[] = [];
    for (let i = 0; i < ACCOUNT_COUNT; i += 1) {
      const { account, credential } = await vault.accounts.createAccount(`moto${i}`);
      accounts.push({
        accountId: account.accountId,
        accessKeyId: credential.accessKeyId,
        secretAccessKey: credential.secretAccessKey.expose().toString("latin1"),
      });
      credential.secretAccessKey.wipe();
    }
    return accounts;
  } finally {
    await vault.close();
  }
}

function buildReport(results: readonly MotoResult[], exclusions: readonly Exclusion[]) {
  const reasonOf = (name: string): string | null =>
    exclusions.find((each) => each.name.test(name))?.reason ?? null;
  const counted = results.filter((each) => reasonOf(each.name) === null);
  const passed = counted.filter((each) => each.outcome === "passed");
  const reasons = new Map<string, string[]>();
  for (const { name } of results) {
    const reason = reasonOf(name);
    if (reason !== null) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  }
  return {
    suite: "https://github.com/getmoto/moto tests/test_kms, those that talk to the API",
    tests: results.length,
    counted: counted.length,
    passedCount: passed.length,
    percentOfCounted: percent(passed.length, counted.length),
    excluded: [...reasons].map(([reason, names]) => ({ reason, tests: names.sort() })),
    excludedThatPassAnyway: results.filter(
      (each) => reasonOf(each.name) !== null && each.outcome === "passed",
    ).length,
    failures: counted
      .filter((each) => each.outcome !== "passed")
      .map((each) => ({
        test: each.name,
        message: each.message.split("\n")[0]?.replace(/\d{12}/g, "ACCOUNT"),
      })),
    passed: passed.map((each) => each.name).sort(),
  };
}

async function main(): Promise<void> {
  const checkout = findMoto();
  if (checkout === null) {
    process.stdout.write("skipped: MOTO_DIR names no checkout of https://github.com/getmoto/moto\n");
    return;
  }
  const server = await startTestServer(SUITE, { workers: 2, moreArguments: ["--key-regions", REGIONS] });
  try {
    const { endpoint, region } = server.environment;
    const results = await runMoto({
      checkout,
      scratch: server.folder.path,
      accounts: await makeAccounts(server),
      environment: {
        AWS_ENDPOINT_URL: endpoint,
        AWS_CA_BUNDLE: server.environment.caFile,
        AWS_DEFAULT_REGION: region,
      },
    });
    if (results.length === 0) throw new Error("no test ran");
    const report = buildReport(results, readExclusions());
    for (const { test, message } of report.failures) process.stdout.write(`failed ${test}\n    ${message}\n`);
    process.stdout.write(
      `${report.passedCount} passed, ${report.counted - report.passedCount} failed, ${report.tests - report.counted} excluded\n`,
    );
    if (!keepReport(SUITE, new Set(report.passed), report)) process.exitCode = 1;
  } finally {
    await server.close();
  }
}

await main();
