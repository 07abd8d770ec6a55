import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runStrongroom } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { missingTool } from "../harness/tool-lookup.ts";
import { type ClientWorkbench, runClient } from "./clients/client-workbench.ts";

const SCRIPT = fileURLToPath(new URL("encryption/schemes.py", import.meta.url));
const ROTATION_TIMEOUT_MS = 180_000;
const noBoto3 = missingTool("python3", "-c", "import boto3");

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
