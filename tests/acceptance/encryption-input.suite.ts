import { after, before, describe, test } from "node:test";
import { freePort } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { CONTEXT_CASES } from "./encryption-input/context-cases.ts";
import { CUSTOMER_WRITE_CASES } from "./encryption-input/customer-write-cases.ts";
import { DEFAULT_CASES } from "./encryption-input/default-cases.ts";
import { FOREIGN_CASES } from "./encryption-input/foreign-cases.ts";
import { CELLS, InputBench, type InputCase } from "./encryption-input/input-bench.ts";
import { KEY_ID_CASES } from "./encryption-input/key-id-cases.ts";
import { PART_CASES } from "./encryption-input/part-cases.ts";
import { PRESIGNED_CASES } from "./encryption-input/presigned-cases.ts";
import { READ_CASES } from "./encryption-input/read-cases.ts";
import { SCHEME_CASES } from "./encryption-input/scheme-cases.ts";
import { UPDATE_CASES } from "./encryption-input/update-cases.ts";

/** Bad input about encryption: each row of the table on each entry point where it can be sent. */
describe("bad input about encryption", () => {
  const tally = new Tally();
  let server: TestServer;
  let bench: InputBench;

  before(async () => {
    const plainPort = await freePort();
    server = await startTestServer("encryption-input", {
      workers: 2,
      moreArguments: ["--insecure-http", `127.0.0.1:${plainPort}`, "--log-level", "debug"],
    });
    bench = new InputBench(server, plainPort, tally);
    await bench.prepare();
  });

  after(async () => {
    bench.close();
    await server.close();
    tally.conclude(console.log, [CELLS, "prefixes found empty", "signs of life", "KiB of log without keys"]);
  });

  const groups: Readonly<Record<string, readonly InputCase[]>> = {
    "methods that are none, and pairs that exclude each other": SCHEME_CASES,
    "customers' keys that shall seal": CUSTOMER_WRITE_CASES,
    "encryption contexts": CONTEXT_CASES,
    "keys of the key service": KEY_ID_CASES,
    "defaults of buckets": DEFAULT_CASES,
    "new keys for old objects": UPDATE_CASES,
    "presigned URLs": PRESIGNED_CASES,
    "customers' keys that shall open": READ_CASES,
    "headers on operations that do not take them": FOREIGN_CASES,
    "customers' keys of uploads": PART_CASES,
  };
  for (const [group, cases] of Object.entries(groups))
    describe(group, () => {
      for (const { name, run } of cases)
        test(name, async () => {
          await run(bench);
          await bench.assertAlive(name);
        });
    });

  test("[L-112] no form of any key is in the log at debug level", () => bench.assertCleanLog());
});
