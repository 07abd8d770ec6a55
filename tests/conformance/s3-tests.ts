// Runs ceph/s3-tests (a checkout that S3TESTS_DIR names) against a server of its own and keeps what passed.
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { freePort } from "../harness/strongroom-process.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { keepReport, percent } from "./compatibility-report.ts";
import { findCheckout, prepareCheckout } from "./s3-tests/checkout.ts";
import {
  appliesTo,
  type Exclusion,
  type FoundTest,
  findExclusion,
  readExclusions,
  readOldDefaults,
} from "./s3-tests/classify.ts";
import { createAccounts, createKeys, printConfiguration } from "./s3-tests/configuration.ts";
import { findTests, runTests, type SuiteContext, type TestResult } from "./s3-tests/run-shards.ts";

interface Group {
  /** Names the report and, with `-exclusions.json`, the list of what is left out. */
  readonly suite: string;
  readonly files: readonly string[];
  readonly definition: string;
  /** A pytest marker: all other tests are another group's. */
  readonly marker?: string;
  /** For the server, and how many processes run the tests where two are not enough. */
  readonly serverArguments?: readonly string[];
  readonly shards?: number;
  /** A pattern of names: all other tests are another group's. */
  readonly names?: RegExp;
  /** Whether the tests talk to the server over a connection without TLS. */
  readonly isPlain?: boolean;
  /** The suite whose list of exclusions holds; its own where absent. */
  readonly exclusionsOf?: string;
}

/** A day of the lifecycle tests, which wait for some: most of their time is sleep, so that many run side by side. */
const SHORT_DAY_SECONDS = 4;

const SCOPES =
  "Exclusions of scope later are portable tests of features that this server does not have yet: they run, and count as " +
  "failures in portableCore.";
/** What pytest calls the tests of encryption. */
const ENCRYPTION_MARKERS = ["encryption", "bucket_encryption", "sse_s3"];
const NEEDING_ENCRYPTION = new URL("s3-tests-need-encryption.json", import.meta.url);

const GROUPS: Readonly<Record<string, Group>> = {
  s3: {
    suite: "s3-tests",
    files: ["test_s3.py", "test_headers.py"],
    definition:
      "The portable core is every test of test_s3.py and test_headers.py that Amazon S3 passes and that asks for no " +
      `extension of Ceph (the exclusions of scope not-portable). ${SCOPES} oldDefaults tests, ` +
      "named in s3-tests-old-defaults.json, get buckets with access lists and without blocked public access, through the " +
      "API: so were the buckets of Amazon S3 for which they were written.",
  },
  http: {
    suite: "s3-tests-http",
    files: ["test_s3.py"],
    definition:
      "The tests of encryption that need neither a customer's key nor one of the key service, over a connection without TLS " +
      "(--insecure-http): Amazon S3 takes such keys over TLS alone, and so does this server.",
    names:
      /::test_(sse_s3_|put_bucket_encryption_s3|bucket_policy_put_obj_s3_|copy_(part_)?enc\[(unencrypted|sse-s3)-(unencrypted|sse-s3)-)/,
    isPlain: true,
    exclusionsOf: "s3-tests",
  },
  lifecycle: {
    suite: "s3-tests-lifecycle",
    files: ["test_s3.py"],
    marker: "lifecycle_expiration",
    definition:
      `The tests that wait until lifecycle rules end something, on a server whose days last ${SHORT_DAY_SECONDS} seconds. No test that ` +
      "needs one is for Amazon S3 itself, where a day is a day (their marker fails_on_aws); what they ask for is what " +
      "Amazon S3 documents, but for the exclusions of scope not-portable.",
    serverArguments: ["--lifecycle-day-seconds", String(SHORT_DAY_SECONDS)],
    shards: 6,
  },
  identity: {
    suite: "s3-tests-identity",
    files: ["test_iam.py", "test_sts.py"],
    definition:
      "The portable core is every test of test_iam.py and test_sts.py that AWS passes: not those that name users and " +
      `roles as Ceph does, or want what only Ceph allows (the exclusions of scope not-portable). ${SCOPES}`,
  },
};

const { values: options } = parseArgs({
  options: {
    // A pattern of test names, for a quick look: nothing is written then.
    only: { type: "string" },
    /** s3, lifecycle, or identity: the tests of IAM and STS. */
    group: { type: "string", default: "s3" },
    shards: { type: "string" },
    /** Finds the tests of encryption that a store without it fails, and writes their list. */
    blind: { type: "boolean", default: false },
  },
});

interface Classified {
  readonly test: FoundTest;
  readonly exclusion: Exclusion | null;
}

function countReasons(excluded: readonly Classified[]): { scope: string; reason: string; tests: number }[] {
  const counts = new Map<string, { scope: string; reason: string; tests: number }>();
  for (const { exclusion } of excluded) {
    if (exclusion === null) continue;
    const known = counts.get(`${exclusion.scope} ${exclusion.reason}`);
    if (known === undefined)
      counts.set(`${exclusion.scope} ${exclusion.reason}`, {
        scope: exclusion.scope,
        reason: exclusion.reason,
        tests: 1,
      });
    else known.tests += 1;
  }
  return [...counts.values()].sort((a, b) => a.scope.localeCompare(b.scope) * -1 || b.tests - a.tests);
}

function buildReport(
  { definition }: Group,
  commit: string,
  all: readonly Classified[],
  results: ReadonlyMap<string, TestResult>,
  oldDefaults: number,
): object {
  const core = all.filter((each) => each.exclusion?.scope !== "not-portable");
  const now = core.filter((each) => each.exclusion === null);
  const hasPassed = (each: Classified): boolean => results.get(each.test.name)?.outcome === "passed";
  const names = (of: readonly Classified[]): string[] => of.map((each) => each.test.name).sort();
  const share = (of: readonly Classified[]): object => {
    const passed = of.filter(hasPassed).length;
    return { tests: of.length, passed, percent: percent(passed, of.length) };
  };
  const failures = now
    .filter((each) => !hasPassed(each))
    .map((each) => ({ test: each.test.name, message: firstLine(results.get(each.test.name)) }))
    .sort((a, b) => a.test.localeCompare(b.test));
  return {
    suite: "https://github.com/ceph/s3-tests",
    commit,
    definition,
    portableCore: share(core),
    portableCoreOfBuiltFeatures: share(now),
    oldDefaults,
    ...(definition === GROUPS["s3"]?.definition ? { encryption: encryptionShares(all, share) } : {}),
    exclusions: countReasons(all),
    failures,
    passed: names(core.filter(hasPassed)),
    laterNotPassed: names(core.filter((each) => each.exclusion?.scope === "later" && !hasPassed(each))),
  };
}

const isOfEncryption = ({ markers }: FoundTest): boolean =>
  ENCRYPTION_MARKERS.some((marker) => markers.includes(marker));

/** The tests of encryption, and apart those of them that say something of it: a store without encryption fails them. */
function encryptionShares(all: readonly Classified[], share: (of: readonly Classified[]) => object): object {
  const marked = all.filter(({ test }) => isOfEncryption(test));
  const consistent = marked.filter(({ exclusion }) => exclusion?.scope !== "not-portable");
  const needing = new Set(readNeedingEncryption());
  return {
    marked: marked.length,
    notAsAmazonS3: countReasons(marked),
    consistentWithAmazonS3: share(consistent),
    ofTheseFailedWithoutEncryption: share(consistent.filter(({ test }) => needing.has(test.name))),
  };
}

function readNeedingEncryption(): readonly string[] {
  const parsed: unknown = JSON.parse(readFileSync(NEEDING_ENCRYPTION, "utf8"));
  if (!Array.isArray(parsed)) throw new Error("the tests that need encryption are no list");
  return parsed.map(String);
}

function writeNeedingEncryption(names: readonly string[]): void {
  writeFileSync(NEEDING_ENCRYPTION, `${JSON.stringify([...names].sort(), null, 2)}\n`);
  process.stdout.write(`${names.length} tests of encryption need it\n`);
}

/** The message without what changes from run to run. */
function firstLine(result: TestResult | undefined): string {
  const text = result?.message.split("\n")[0] ?? "did not run";
  return text
    .replace(/127\.0\.0\.1:\d+/g, "HOST")
    .replace(/st\d?-[a-z0-9-]+/g, "BUCKET")
    .slice(0, 200);
}

async function main(): Promise<void> {
  const group = GROUPS[options.group];
  if (group === undefined) throw new Error(`there is no group ${options.group}`);
  const { suite, files } = group;
  const folder = findCheckout();
  if (folder === null) {
    process.stdout.write("skipped: S3TESTS_DIR names no checkout of https://github.com/ceph/s3-tests\n");
    return;
  }
  const checkout = await prepareCheckout(folder);
  // The suite was written before buckets blocked uploads under customers' keys.
  const plainAddress = group.isPlain === true ? `127.0.0.1:${await freePort()}` : null;
  const moreArguments = [
    ...["--new-buckets-block-sse-c", "no", ...(group.serverArguments ?? [])],
    ...(plainAddress === null ? [] : ["--insecure-http", plainAddress]),
  ];
  const endpointOf = (server: TestServer): string =>
    plainAddress === null ? server.process.endpoint : `http://${plainAddress}`;
  const shards = Number(options.shards ?? group.shards ?? Math.min(2, cpus().length));
  const server = await startTestServer(suite, { workers: 2, moreArguments });
  try {
    const { caFile, region } = server.environment;
    const scratch = server.folder.path;
    const looking: SuiteContext = {
      files,
      checkout,
      scratch,
      caFile,
      region,
      oldDefaults: [],
      isBlind: options.blind,
    };
    const configurations: string[] = [];
    for (let shard = 0; shard < shards; shard += 1) {
      const accounts = await createAccounts(server.folder.dataDir, shard);
      const prefix = `st${shard}-${randomBytes(3).toString("hex")}`;
      const keyArns = await createKeys(server.environment, accounts);
      configurations.push(
        printConfiguration(endpointOf(server), accounts, prefix, keyArns, SHORT_DAY_SECONDS),
      );
    }
    const exclusions = readExclusions(
      new URL(`${group.exclusionsOf ?? suite}-exclusions.json`, import.meta.url),
    );
    const found = (await findTests(looking, configurations[0] ?? "")).filter(
      (test) =>
        (group.marker === undefined || test.markers.includes(group.marker)) &&
        (group.names === undefined || (isOfEncryption(test) && group.names.test(test.name))),
    );
    const all = found.map((test) => ({ test, exclusion: findExclusion(exclusions, test) }));
    const wanting = readOldDefaults(new URL("s3-tests-old-defaults.json", import.meta.url));
    const oldDefaults = found
      .filter((test) => wanting.some((of) => appliesTo(of, test)))
      .map(({ name }) => name);
    const context: SuiteContext = { ...looking, oldDefaults };
    const pattern = options.only === undefined ? null : new RegExp(options.only);
    const chosen = all
      .filter((each) => each.exclusion?.scope !== "not-portable")
      .filter((each) => !options.blind || isOfEncryption(each.test))
      .map((each) => each.test.name)
      .filter((name) => pattern === null || pattern.test(name));
    if (chosen.length === 0) throw new Error("no test was chosen");
    process.stdout.write(`${chosen.length} of ${all.length} tests, ${configurations.length} at a time\n`);
    const results = await runTests(context, chosen, configurations);
    for (const result of results.values())
      if (result.outcome !== "passed")
        process.stdout.write(`${result.outcome} ${result.name}\n    ${result.message.slice(0, 400)}\n`);
    const passed = new Set(
      [...results.values()].filter((each) => each.outcome === "passed").map((each) => each.name),
    );
    process.stdout.write(`${passed.size} of ${chosen.length} passed\n`);
    if (options.blind) writeNeedingEncryption(chosen.filter((name) => !passed.has(name)));
    if (pattern !== null || options.blind) return;
    const report = buildReport(group, checkout.commit, all, results, oldDefaults.length);
    process.stdout.write(
      `${JSON.stringify({ ...report, passed: undefined, laterNotPassed: undefined, failures: undefined, definition: undefined }, null, 2)}\n`,
    );
    if (!keepReport(suite, passed, report)) process.exitCode = 1;
  } finally {
    await server.close();
  }
}

await main();
