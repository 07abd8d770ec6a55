import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
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

const SCRIPT = fileURLToPath(new URL("encryption/schemes.py", import.meta.url));
const ROTATION_TIMEOUT_MS = 180_000;
const noBoto3 = missingTool("python3", "-c", "import boto3");

test("[L-50] what took a bucket's default under a KMS key is read after kill -9 and another start", async () => {
  const folder = makeScratchFolder("default-restart");
  const { dataDir, rootKeyFile, logFile } = folder;
  const start = (): Promise<StrongroomProcess> =>
    startStrongroom({ dataDir, rootKeyFile, logFile, workers: 2 });
  let server = await start();
  try {
    const bucket = "by-default";
    let client = new WireClient(await readClientEnvironment(server));
    assert.equal((await client.request({ method: "PUT", bucket })).status, 200);
    const rule =
      "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault>";
    const body = Buffer.from(
      `<ServerSideEncryptionConfiguration><Rule>${rule}<BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>`,
    );
    const headers = { "content-md5": createHash("md5").update(body).digest("base64") };
    const query = { encryption: "" };
    const set = await client.request({ method: "PUT", bucket, query, headers, body });
    assert.equal(set.status, 200, set.body.toString());
    const bodies = [0, 1, 200_000].map((size) => Buffer.alloc(size, size));
    for (const [at, each] of bodies.entries()) {
      const put = await client.request({ method: "PUT", bucket, objectKey: `o${at}`, body: each });
      assert.equal(put.headers["x-amz-server-side-encryption"], "aws:kms");
    }
    client.close();
    await server.kill();
    server = await start();
    client = new WireClient(await readClientEnvironment(server));
    for (const [at, each] of bodies.entries()) {
      const got = await client.request({ method: "GET", bucket, objectKey: `o${at}` });
      assert.ok(got.status === 200 && got.body.equals(each), `o${at}: ${got.status}`);
      assert.equal(got.headers["x-amz-server-side-encryption"], "aws:kms");
    }
    client.close();
  } finally {
    await server.stop();
    folder.remove();
  }
});

describe("schemes of encryption", () => {
  const tally = new Tally();
  let server: TestServer;
  let bench: ClientWorkbench;

  before(async () => {
    server = await startTestServer("encryption", { workers: 2 });
    const home = join(server.folder.path, "home");
    mkdirSync(home);
    bench = { server, home, tally };
  });

  after(async () => {
    await server.close();
    tally.conclude(console.log, ["objects read back", "ranges", "copies", "refusals"]);
  });

  test("boto3: every scheme written, read, copied and refused as S3 does [L-42] [L-44] [L-81]", {
    skip: noBoto3,
  }, async () => {
    const counts: unknown = JSON.parse(await runClient(bench, "python3", [SCRIPT, "schemes"]));
    for (const [what, count] of Object.entries(counts ?? {})) tally.add(what, Number(count));
  });

  for (const [group, what] of [
    [
      "looks",
      "one size, one ETag, the same bytes and its own headers on every way to look at an object [L-47] [L-71] [L-72] [L-79] [L-91] [L-111] [L-115]",
    ],
    [
      "copies",
      "copies between all schemes keep bytes, metadata and checksums, and nothing else [L-43] [L-45] [L-80] [L-93]",
    ],
    [
      "customers",
      "every read asks for the customer's key, and a copy onto itself gives it up [L-59] [L-60] [L-61] [L-130]",
    ],
    [
      "keys",
      "listings and HEAD ask for no key, everything else does, and is told why not [L-134] [L-140] [L-148]",
    ],
    ["contexts", "a requester's context displaces no pair of the server's own [L-31]"],
    ["layers", "parts under every scheme: ranges over their borders, and the checksum of each [L-73] [L-94]"],
  ] as const) {
    test(`boto3: ${what}`, { skip: noBoto3 }, async () => {
      const script = fileURLToPath(new URL("encryption/looks.py", import.meta.url));
      const printed = await runClient(bench, "python3", [script, group, `looks-${group}`]);
      for (const [what, count] of Object.entries(Object(JSON.parse(printed)))) tally.add(what, Number(count));
    });
  }

  test("a new master key: everything is wrapped under it while the server runs, and all reads as before", async () => {
    const { client, folder } = server;
    await server.makeBucket("rotated");
    const bodies = new Map(
      Array.from({ length: 40 }, (_, at) => [`o${at}`, Buffer.alloc(at * 5_000, `${at} `)]),
    );
    for (const [objectKey, body] of bodies) {
      assert.equal((await client.request({ method: "PUT", bucket: "rotated", objectKey, body })).status, 200);
    }
    const folderFlags = ["--data-dir", folder.dataDir, "--root-key-file", folder.rootKeyFile];
    // Parts of objects that were overwritten hang on the old key until their grace is over.
    const rotate = ["keys", "rotate", "--watch", "--json", ...folderFlags];
    const printed = await runStrongroom(rotate, undefined, ROTATION_TIMEOUT_MS);
    const last: unknown = JSON.parse(printed.trim().split("\n").at(-1) ?? "");
    assert.ok(typeof last === "object" && last !== null && "targetVersion" in last && "finishedMs" in last);
    assert.equal(last.targetVersion, 2);
    assert.equal(typeof last.finishedMs, "number");
    assert.ok("wrapped" in last && Number(last.wrapped) >= bodies.size, printed);
    for (const [objectKey, body] of bodies) {
      const answer = await client.request({ method: "GET", bucket: "rotated", objectKey });
      assert.ok(answer.body.equals(body), objectKey);
    }
  });
});
