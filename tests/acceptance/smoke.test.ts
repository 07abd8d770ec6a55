import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { freePort } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { BadInputBench, BUCKET, CONTROL_BODY, CONTROL_KEY } from "./bad-input/bad-input-bench.ts";
import { BODY_CASES } from "./bad-input/body-cases.ts";
import { MULTIPART_CASES } from "./bad-input/multipart-cases.ts";
import { CELLS, InputBench } from "./encryption-input/input-bench.ts";
import { SCHEME_CASES } from "./encryption-input/scheme-cases.ts";
import { makeStreamingBucket, readRanges, streamUpAndDown } from "./streaming-run.ts";

const MEBIBYTE = 1 << 20;
const noProc = process.platform === "linux" ? false : "reads /proc";

/** What takes seconds of the suites: everything else is in the files named *.suite.ts. */
describe("a running server", () => {
  let server: TestServer;
  let plainPort: number;
  before(async () => {
    plainPort = await freePort();
    const moreArguments = ["--insecure-http", `127.0.0.1:${plainPort}`];
    server = await startTestServer("smoke", { workers: 2, moreArguments });
    await server.makeBucket(BUCKET);
    await makeStreamingBucket(server);
    const put = { method: "PUT", bucket: BUCKET, objectKey: CONTROL_KEY, body: CONTROL_BODY };
    assert.equal((await server.client.request(put)).status, 200);
  });
  after(() => server.close());

  test("refuses broken bodies and uploads, stores nothing of them, and lives on", async () => {
    const tally = new Tally();
    const bench = new BadInputBench(server, tally);
    for (const { name, run } of [...BODY_CASES, ...MULTIPART_CASES]) {
      await run(bench);
      tally.add("cases");
      assert.ok(server.process.isRunning, name);
    }
    await bench.assertAlive("at the end");
    tally.conclude(console.log, ["bad inputs", "keys found empty"]);
  });

  test("does what is asked about encryption, or refuses it, on each way to write", async () => {
    const tally = new Tally();
    const bench = new InputBench(server, plainPort, tally);
    await bench.prepare();
    for (const { name, run } of SCHEME_CASES.filter(({ name }) => /honoured|#2|#3/.test(name))) {
      await run(bench);
      await bench.assertAlive(name);
    }
    bench.close();
    tally.conclude(console.log, [CELLS, "prefixes found empty"]);
  });

  test("128 MiB up and down within its memory", { skip: noProc }, async () => {
    const figures = await streamUpAndDown(server, 128 * MEBIBYTE, 400 * MEBIBYTE);
    console.log(`checked: 128 MiB, ${JSON.stringify(figures)}`);
  });

  test("small ranges read little", { skip: noProc }, async () => {
    console.log(`checked: ${JSON.stringify(await readRanges(server, 16 * MEBIBYTE))}`);
  });
});
