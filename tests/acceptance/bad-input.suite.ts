import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { isRoot } from "../harness/tool-lookup.ts";
import {
  BadInputBench,
  type BadInputCase,
  BUCKET,
  CONTROL_BODY,
  CONTROL_KEY,
} from "./bad-input/bad-input-bench.ts";
import { BODY_CASES } from "./bad-input/body-cases.ts";
import { FORM_CASES } from "./bad-input/form-cases.ts";
import { fillDisk, freezeDisk } from "./bad-input/full-disk.ts";
import { MULTIPART_CASES } from "./bad-input/multipart-cases.ts";
import { POLICY_CASES } from "./bad-input/policy-cases.ts";
import { REQUEST_CASES } from "./bad-input/request-cases.ts";
import { SERVICE_CASES } from "./bad-input/service-cases.ts";
import { SIGNATURE_CASES } from "./bad-input/signature-cases.ts";
import { PATIENCE_CASES, SOCKET_CASES } from "./bad-input/socket-cases.ts";

const noMounts = isRoot ? false : "needs root to mount a small disk";
const tally = new Tally();

describe("bad input", () => {
  let server: TestServer;
  let bench: BadInputBench;
  let pids: readonly number[];

  before(async () => {
    server = await startTestServer("bad-input", { workers: 2 });
    bench = new BadInputBench(server, tally);
    await server.makeBucket(BUCKET);
    const put = await server.client.request({
      method: "PUT",
      bucket: BUCKET,
      objectKey: CONTROL_KEY,
      body: CONTROL_BODY,
    });
    assert.equal(put.status, 200);
    pids = server.process.pids();
  });

  after(async () => {
    await server.close();
    tally.conclude(console.log, ["bad inputs", "keys found empty", "signs of life", "sockets cut"]);
  });

  const groups: Readonly<Record<string, readonly BadInputCase[]>> = {
    bodies: BODY_CASES,
    requests: REQUEST_CASES,
    signatures: SIGNATURE_CASES,
    forms: FORM_CASES,
    policies: POLICY_CASES,
    "other services": SERVICE_CASES,
    "multipart uploads": MULTIPART_CASES,
    sockets: SOCKET_CASES,
    patience: PATIENCE_CASES,
  };
  for (const [group, cases] of Object.entries(groups))
    describe(group, () => {
      for (const { name, run } of cases)
        test(name, async () => {
          await run(bench);
          await bench.assertAlive(name);
          assert.deepEqual(server.process.pids(), pids, `a server process ended: ${name}`);
        });
    });
});

describe("disks", () => {
  test(
    "a full disk refuses writes whole, lets deletes make room, and the server lives on",
    { skip: noMounts },
    () => fillDisk(tally),
  );
  test("a disk that turns read-only refuses writes whole, and the server lives on", { skip: noMounts }, () =>
    freezeDisk(tally),
  );
});
