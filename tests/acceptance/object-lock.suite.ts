import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readClientEnvironment } from "../harness/client-environment.ts";
import { makeScratchFolder } from "../harness/scratch-folder.ts";
import { runStrongroom, type StrongroomProcess, startStrongroom } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { missingTool } from "../harness/tool-lookup.ts";
import { WireClient } from "../harness/wire-client.ts";
import { type ClientWorkbench, runClient } from "./clients/client-workbench.ts";
import { LockLane, type LockLedger, newLedger, verifyLedger } from "./object-lock/lock-ledger.ts";
import {
  BYPASS,
  hold,
  makeLockedBucket,
  putVersion,
  read,
  remove,
  retain,
  type Version,
  verdict,
} from "./object-lock/lock-requests.ts";

const SCRIPT = fileURLToPath(new URL("object-lock/locks.py", import.meta.url));
const noBoto3 = missingTool("python3", "-c", "import boto3");
const noAws = missingTool("aws", "--version");
const DAY_MS = 86_400_000;
const RACES = 60;
const KILLS = Number(process.env["STRONGROOM_LOCK_KILLS"] ?? 2);

// Each in buckets of its own: most of the time is spent waiting for tools and for jobs.
describe("Object Lock", { concurrency: true }, () => {
  const tally = new Tally();
  let server: TestServer;
  let bench: ClientWorkbench;

  before(async () => {
    server = await startTestServer("object-lock", { workers: 2 });
    const home = join(server.folder.path, "home");
    mkdirSync(home);
    bench = { server, home, tally };
  });

  after(async () => {
    await server.close();
    tally.conclude(console.log, ["races"]);
  });

  test("boto3: what is locked stays in every scheme, however it was written, whoever asks [L-172]", {
    skip: noBoto3,
  }, async () => {
    const counts: unknown = JSON.parse(await runClient(bench, "python3", [SCRIPT, "locks"]));
    for (const [what, count] of Object.entries(counts ?? {})) tally.add(`boto3 ${what}`, Number(count));
    assert.ok(tally.count("boto3 locked versions") > 35 && tally.count("boto3 refusals") > 100);
  });

  test("AWS CLI: a bucket with Object Lock, as its guide makes one", { skip: noAws }, async () => {
    await useCommandLine(bench);
  });

  test("[L-172] of a lock and a deletion at once, on any two workers, one is refused", async () => {
    const clients = [0, 1, 2, 3].map(() => new WireClient(server.environment, 1));
    const [locker, deleter, third, fourth] = clients as [WireClient, WireClient, WireClient, WireClient];
    await makeLockedBucket(server.client, "races");
    try {
      for (let round = 0; round < RACES; round += 1) {
        const version = await putVersion(server.client, "races", `k${round % 7}`);
        const until = Date.now() + DAY_MS;
        const isHold = round % 2 === 0;
        const [a, b] = round % 4 < 2 ? [locker, deleter] : [third, fourth];
        const locking = () => (isHold ? hold(a, version, "ON") : retain(a, version, "COMPLIANCE", until));
        const deleting = () => remove(b, version, BYPASS);
        const both = round % 3 === 0 ? [deleting(), locking()].reverse() : [locking(), deleting()];
        const [locked, deleted] = (await Promise.all(both)).map(verdict);
        const isThere = (await read(server.client, version)).status === 200;
        const outcome = `${locked} / ${deleted} / ${isThere ? "there" : "gone"}`;
        if (isThere) assert.equal(outcome, "200 / 403 AccessDenied / there");
        else assert.equal(outcome, "404 NoSuchVersion / 204 / gone");
        tally.add("races");
        tally.add(isThere ? "races lost by deletions" : "races won by deletions");
      }
    } finally {
      for (const client of clients) client.close();
    }
  });

  test("locks outlive new master keys: what is wrapped anew stays locked", async () => {
    const { client, folder } = server;
    await makeLockedBucket(client, "rotated");
    const versions: Version[] = [];
    for (let at = 0; at < 12; at += 1) versions.push(await putVersion(client, "rotated", `k${at % 5}`));
    const untilMs = Date.now() + DAY_MS;
    for (const [at, version] of versions.entries()) {
      const lock =
        at % 2 === 0 ? hold(client, version, "ON") : retain(client, version, "COMPLIANCE", untilMs);
      assert.equal(verdict(await lock), "200");
    }
    const place = ["--data-dir", folder.dataDir, "--root-key-file", folder.rootKeyFile];
    await runStrongroom(["keys", "rotate", "--watch", "--json", ...place]);
    for (const version of versions) {
      assert.equal(verdict(await remove(client, version, BYPASS)), "403 AccessDenied");
      assert.equal((await read(client, version)).status, 200);
      tally.add("locked versions wrapped anew");
    }
  });
});

test(`[L-131] [L-172] ${KILLS} times kill -9 among locks and deletions: what was acknowledged holds`, async (t) => {
  const folder = makeScratchFolder("lock-crash");
  const { dataDir, rootKeyFile, logFile } = folder;
  const start = (): Promise<StrongroomProcess> =>
    startStrongroom({ dataDir, rootKeyFile, logFile, workers: 2 });
  const ledger: LockLedger = newLedger();
  let server = await start();
  try {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const client = new WireClient(await readClientEnvironment(server));
      if (kill === 0) await makeLockedBucket(client, "crash");
      const before = ledger.acknowledged;
      const lanes = [0, 1, 2, 3].map((lane) => new LockLane(client, ledger, `${kill}-${lane}`).run());
      while (ledger.acknowledged < before + 60) await new Promise((resolve) => setTimeout(resolve, 20));
      await server.kill();
      await Promise.all(lanes);
      client.close();
      server = await start();
      const checker = new WireClient(await readClientEnvironment(server));
      await verifyLedger(checker, ledger);
      checker.close();
    }
    assert.deepEqual(ledger.problems, []);
    t.diagnostic(
      `${KILLS} kills, ${ledger.acknowledged} acknowledged changes, ${ledger.versions.size} versions`,
    );
  } finally {
    await server.stop();
    folder.remove();
  }
});

async function useCommandLine(bench: ClientWorkbench): Promise<void> {
  const file = join(bench.home, "file");
  writeFileSync(file, "content");
  const api = async (command: string, ...more: string[]): Promise<Record<string, unknown>> => {
    const printed = await runClient(bench, "aws", ["s3api", command, "--bucket", "cli-locks", ...more]);
    bench.tally.add("AWS CLI steps");
    return printed.trim() === "" ? {} : JSON.parse(printed);
  };
  await api("create-bucket", "--object-lock-enabled-for-bucket");
  const rule = { DefaultRetention: { Mode: "GOVERNANCE", Days: 1 } };
  const configuration = { ObjectLockEnabled: "Enabled", Rule: rule };
  await api("put-object-lock-configuration", "--object-lock-configuration", JSON.stringify(configuration));
  assert.deepEqual((await api("get-object-lock-configuration"))["ObjectLockConfiguration"], configuration);
  await runClient(bench, "aws", ["s3", "cp", "--no-progress", file, "s3://cli-locks/k"]);
  const VersionId = String((await api("head-object", "--key", "k"))["VersionId"]);
  const version = ["--key", "k", "--version-id", VersionId];
  const remove = (...more: string[]) => api("delete-object", ...version, ...more);
  await assert.rejects(remove(), /AccessDenied.*protected by object lock/);
  await api("put-object-legal-hold", ...version, "--legal-hold", "Status=ON");
  await assert.rejects(remove("--bypass-governance-retention"), /AccessDenied.*protected by object lock/);
  assert.deepEqual(await api("get-object-legal-hold", ...version), { LegalHold: { Status: "ON" } });
  await api("put-object-legal-hold", ...version, "--legal-hold", "Status=OFF");
  const later = "Mode=GOVERNANCE,RetainUntilDate=2090-01-01T00:00:00Z";
  await api("put-object-retention", ...version, "--retention", later);
  const told = JSON.stringify(await api("get-object-retention", ...version));
  assert.match(told, /"Mode":"GOVERNANCE","RetainUntilDate":"2090-01-01T00:00:00/);
  await runClient(bench, "aws", ["s3", "rm", "s3://cli-locks/k"]);
  await assert.rejects(remove(), /AccessDenied.*protected by object lock/);
  await remove("--bypass-governance-retention");
}
