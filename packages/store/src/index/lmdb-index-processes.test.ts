import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSecretKey, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LmdbIndex } from "./lmdb-index.ts";

const keyBytes = randomBytes(32);
const sealingKey = createSecretKey(keyBytes);
/** Enough to meet every step of a commit; `STRONGROOM_TEST_KILLS` for a longer run. */
const KILLS = Number(process.env["STRONGROOM_TEST_KILLS"] ?? "8");

describe("LmdbIndex among processes", () => {
  it("loses no increment of several processes", async (context) => {
    const folder = await newFolder(context);
    const children = [1, 2, 3].map(() => start(context, "increment", folder, "60"));
    const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
    assert.deepEqual(codes, [0, 0, 0]);
    const index = await open(context, folder);
    assert.equal((await index.get(Buffer.from("counter")))?.value.toString(), "180");
  });

  it("shows a commit to every other process as soon as it is acknowledged", async (context) => {
    const folder = await newFolder(context);
    const index = await open(context, folder);
    const child = start(context, "echo", folder);
    const answers = linesOf(child)[Symbol.asyncIterator]();
    assert.equal((await answers.next()).value, "ready");
    for (let round = 0; round < 200; round++) {
      await index.commit({ puts: [{ key: Buffer.from("shared"), value: Buffer.from(String(round)) }] });
      child.stdin?.write("shared\n");
      assert.equal((await answers.next()).value, String(round));
    }
  });

  it("counts the commits of other processes as soon as they are acknowledged", async (context) => {
    const folder = await newFolder(context);
    const index = await open(context, folder);
    const before = index.lastCommit();
    const child = start(context, "commit", folder);
    for await (const line of linesOf(child)) {
      if (line.length === 24) break;
    }
    assert.ok(index.lastCommit() > before);
    child.kill("SIGKILL");
  });

  it(`keeps every acknowledged commit when the writer is killed, ${KILLS} times`, async (context) => {
    const folder = await newFolder(context);
    const acknowledged: string[] = [];
    for (let round = 0; round < KILLS; round++) {
      const child = start(context, "commit", folder);
      const exit = once(child, "exit");
      const known = acknowledged.length;
      const reading = (async () => {
        for await (const line of linesOf(child)) {
          if (line.length !== 24) continue;
          acknowledged.push(line);
          // Not before it commits, however long a start takes.
          if (acknowledged.length === known + 6) setTimeout(() => child.kill("SIGKILL"), Math.random() * 300);
        }
      })();
      await Promise.all([exit, reading]);
    }
    assert.ok(acknowledged.length > KILLS * 5, `${acknowledged.length} commits were acknowledged`);
    const index = await open(context, folder);
    const report = await index.verify();
    assert.equal(report.unreachable, 0);
    assert.equal(report.payloads, report.records);
    for (const name of acknowledged) {
      const record = await index.get(Buffer.from(`record/${name}`));
      assert.notEqual(record, null);
      assert.deepEqual(await index.readPayload(name), record?.value);
    }
    context.diagnostic(`${acknowledged.length} acknowledged, ${report.records} kept`);
  });

  it("settles with an empty commit what a killed writer committed in its last moment", async (context) => {
    const folder = await newFolder(context);
    const index = await open(context, folder);
    let settled = 0;
    for (let round = 0; round < KILLS; round++) {
      const child = start(context, "commit", folder);
      const exit = once(child, "exit");
      await once(createInterface({ input: child.stdout ?? process.stdin }), "line");
      await sleep(Math.random() * 60);
      child.kill("SIGKILL");
      await exit;
      const before = index.lastCommit();
      await index.commit({});
      const after = index.lastCommit();
      settled += after - before;
      await index.commit({ puts: [{ key: Buffer.from("mine"), value: Buffer.from(String(round)) }] });
      assert.equal(index.lastCommit(), after + 1, "something else came to light with a later commit");
    }
    context.diagnostic(`${settled} of ${KILLS} came to light with it`);
  });

  it("goes on when a writer is killed while others commit", async (context) => {
    const folder = await newFolder(context);
    const index = await open(context, folder);
    const child = start(context, "commit", folder);
    await once(createInterface({ input: child.stdout ?? process.stdin }), "line");
    const commits = (async () => {
      for (let at = 0; at < 300; at++) {
        await index.commit({ puts: [{ key: Buffer.from(`mine/${at}`), value: Buffer.from("x") }] });
        if (at === 100) child.kill("SIGKILL");
      }
    })();
    await commits;
    index.releaseDeadReaders();
    const report = await index.verify();
    assert.equal(report.unreachable, 0);
    assert.equal(
      (await index.list({ from: Buffer.from("mine/"), to: Buffer.from("mine0"), limit: 999 })).length,
      300,
    );
  });

  it("refuses commits when the file may not grow, keeps reading, and loses nothing it acknowledged", async (context) => {
    const folder = await newFolder(context);
    const script = join(import.meta.dirname, "lmdb-test-writer.ts");
    const task = [process.execPath, script, "fill", folder, keyBytes.toString("hex")];
    // A limit on the size of files (blocks of 512 bytes) stands for a disk that is full.
    const child = spawn("sh", ["-c", 'ulimit -f 12000 && exec "$@"', "sh", ...task], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    context.after(() => child.kill("SIGKILL"));
    const exit = once(child, "exit");
    let text = "";
    for await (const line of linesOf(child)) text += line;
    assert.deepEqual(await exit, [0, null]);
    const outcome = JSON.parse(text);
    assert.ok(outcome.acknowledged > 10);
    assert.equal(outcome.readBytes, 1000);
    assert.equal(outcome.codes.length, 1);
    assert.ok(["IndexFull", "IndexUnavailable"].includes(outcome.codes[0]));
    const index = await open(context, folder);
    const report = await index.verify();
    assert.equal(report.records, outcome.acknowledged);
    assert.equal(report.payloads, outcome.acknowledged);
    assert.equal(report.unreachable, 0);
    await index.commit({ puts: [{ key: Buffer.from("again"), value: Buffer.from("x") }] });
  });

  it("makes one tree when several processes open an empty folder at once", async (context) => {
    const folder = await newFolder(context);
    const children = [1, 2, 3, 4].map(() => start(context, "increment", folder, "5"));
    const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
    assert.deepEqual(codes, [0, 0, 0, 0]);
    const index = await open(context, folder);
    assert.equal((await index.get(Buffer.from("counter")))?.value.toString(), "20");
  });
});

function start(context: TestContext, task: string, folder: string, ...rest: readonly string[]): ChildProcess {
  const script = join(import.meta.dirname, "lmdb-test-writer.ts");
  const child = spawn(process.execPath, [script, task, folder, keyBytes.toString("hex"), ...rest], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  context.after(() => child.kill("SIGKILL"));
  return child;
}

function linesOf(child: ChildProcess): AsyncIterable<string> {
  assert.ok(child.stdout !== null);
  return createInterface({ input: child.stdout });
}

async function newFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "strongroom-index-"));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

async function open(context: TestContext, folder: string): Promise<LmdbIndex> {
  const index = await LmdbIndex.open({ folder, sealingKey });
  context.after(() => index.close());
  return index;
}
