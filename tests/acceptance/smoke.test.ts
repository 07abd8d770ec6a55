import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { BadInputBench, BUCKET, CONTROL_BODY, CONTROL_KEY } from "./bad-input/bad-input-bench.ts";
import { BODY_CASES } from "./bad-input/body-cases.ts";
import { ENCRYPTION_CASES } from "./bad-input/encryption-cases.ts";
import { MULTIPART_CASES } from "./bad-input/multipart-cases.ts";
import { makeStreamingBucket, readRanges, streamUpAndDown } from "./streaming-run.ts";

const MEBIBYTE = 1 << 20;
const noProc = process.platform === "linux" ? false : "reads /proc";

/** What takes seconds of the suites: everything else is in the files named *.suite.ts. */
describe("a running server", () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer("smoke", { workers: 2 });
    await server.makeBucket(BUCKET);
    await makeStreamingBucket(server);
    const put = { method: "PUT", bucket: BUCKET, objectKey: CONTROL_KEY, body: CONTROL_BODY };
    assert.equal((await server.client.request(put)).status, 200);
  });
  after(() => server.close());

  test("refuses broken bodies, uploads and encryption headers, stores nothing of them, and lives on", async () => {
    const tally = new Tally();
    const bench = new BadInputBench(server, tally);
    for (const { name, run } of [...BODY_CASES, ...MULTIPART_CASES, ...ENCRYPTION_CASES]) {
      await run(bench);
      tally.add("cases");
      assert.ok(server.process.isRunning, name);
    }
    await bench.assertAlive("at the end");
    tally.conclude(console.log, ["bad inputs", "keys found empty"]);
  });

  test("128 MiB up and down within its memory", { skip: noProc }, async () => {
    const figures = await streamUpAndDown(server, 128 * MEBIBYTE, 400 * MEBIBYTE);
    console.log(`checked: 128 MiB, ${JSON.stringify(figures)}`);
  });

  test("small ranges read little", { skip: noProc }, async () => {
    console.log(`checked: ${JSON.stringify(await readRanges(server, 16 * MEBIBYTE))}`);
  });
});
