import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { missingTool } from "../harness/tool-lookup.ts";
import { type ClientWorkbench, runClient } from "./clients/client-workbench.ts";
import { sendPlain } from "./secure-transport/plain-request.ts";

const BOTO3_SCRIPT = fileURLToPath(new URL("secure-transport/both-ports.py", import.meta.url));
const PROXY = "127.0.0.2";
const STRANGER = "127.0.0.3";
const noAws = missingTool("aws", "--version");
const noBoto3 = missingTool("python3", "-c", "import boto3");

describe("policies on the way a request came", () => {
  const tally = new Tally();
  let server: TestServer;
  let plainPort: number;
  let bench: ClientWorkbench;

  before(async () => {
    plainPort = await freePort();
    server = await startTestServer("secure-transport", {
      workers: 2,
      moreArguments: [
        ...["--insecure-http", `127.0.0.1:${plainPort}`],
        ...["--trusted-proxies", `${PROXY},fd00::/8`],
      ],
    });
    const home = join(server.folder.path, "home");
    mkdirSync(home);
    bench = { server, home, tally };
  });

  after(async () => {
    await server.close();
    tally.conclude(console.log, ["forwarded requests"]);
  });

  const putPolicy = async (bucket: string, ...statements: readonly object[]): Promise<void> => {
    const body = Buffer.from(JSON.stringify({ Version: "2012-10-17", Statement: statements }));
    const put = await server.client.request({ method: "PUT", bucket, query: { policy: "" }, body });
    assert.equal(put.status, 204, put.body.toString());
  };
  const deny = (bucket: string, action: string, condition: object): object => ({
    Effect: "Deny",
    Principal: "*",
    Action: action,
    Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
    Condition: condition,
  });

  test("boto3 over both ports: only TLS, only encrypted, never a key without TLS [L-164] [L-168] [L-169]", {
    skip: noBoto3,
  }, async () => {
    const urls = [server.process.endpoint, `http://127.0.0.1:${plainPort}`];
    const printed = await runClient(bench, "python3", [BOTO3_SCRIPT, ...urls]);
    const counts: unknown = JSON.parse(printed);
    for (const [what, count] of Object.entries(counts ?? {})) tally.add(`boto3 ${what}`, Number(count));
    assert.ok(tally.count("boto3 denied") > 15 && tally.count("boto3 refused without TLS") === 8);
  });

  test("AWS CLI over both ports: only TLS, only encrypted", { skip: noAws }, async () => {
    const bucket = "cli-both-ports";
    await server.makeBucket(bucket);
    const encryption = "s3:x-amz-server-side-encryption";
    await putPolicy(
      bucket,
      deny(bucket, "s3:*", { Bool: { "aws:SecureTransport": "false" } }),
      deny(bucket, "s3:PutObject", { StringNotEquals: { [encryption]: "AES256" } }),
    );
    const file = join(bench.home, "file");
    writeFileSync(file, "content");
    const copy = (endpoint: string, ...more: string[]): Promise<string> =>
      runClient(bench, "aws", ["s3", "cp", "--no-progress", file, `s3://${bucket}/k`, ...more], {
        AWS_ENDPOINT_URL: endpoint,
      });
    const { endpoint } = server.process;
    const plain = `http://127.0.0.1:${plainPort}`;
    await assert.rejects(copy(plain, "--sse", "AES256"), /AccessDenied.*explicit deny/s);
    await assert.rejects(copy(endpoint), /AccessDenied.*explicit deny/s);
    await copy(endpoint, "--sse", "AES256");
    const list = ["s3", "ls", `s3://${bucket}/`];
    await assert.rejects(runClient(bench, "aws", list, { AWS_ENDPOINT_URL: plain }), /AccessDenied/);
    assert.match(await runClient(bench, "aws", list, { AWS_ENDPOINT_URL: endpoint }), / 7 k/);
    tally.add("AWS CLI steps", 5);
  });

  test("[L-170] a listed proxy speaks for its clients, and nobody else does", async () => {
    const bucket = "behind-a-proxy";
    await server.makeBucket(bucket);
    await putPolicy(
      bucket,
      deny(bucket, "s3:GetObject", { Bool: { "aws:SecureTransport": "false" } }),
      deny(bucket, "s3:PutObject", { NotIpAddress: { "aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"] } }),
    );
    const get = async (from: string, added: Record<string, string>): Promise<number> => {
      tally.add("forwarded requests");
      const { status } = await sendPlain(server, plainPort, {
        method: "GET",
        path: `/${bucket}/k`,
        added,
        from,
      });
      return status;
    };
    const put = async (from: string, added: Record<string, string>): Promise<number> => {
      tally.add("forwarded requests");
      const path = `/${bucket}/k`;
      return (await sendPlain(server, plainPort, { method: "PUT", path, body: "x", added, from })).status;
    };
    const throughTls = { "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https" };
    const standard = { forwarded: 'for="[2001:db8::9]:4711";proto=https;by=10.0.0.1' };
    for (const headers of [throughTls, standard]) {
      assert.equal(await put(PROXY, headers), 200);
      assert.equal(await get(PROXY, headers), 200);
      for (const from of ["127.0.0.1", STRANGER]) {
        assert.equal(await put(from, headers), 403, `${from} is believed`);
        assert.equal(await get(from, headers), 403, `${from} is believed`);
      }
    }
    assert.equal(await get(PROXY, { ...throughTls, "x-forwarded-proto": "http" }), 403);
    assert.equal(await get(PROXY, { "x-forwarded-for": "203.0.113.9" }), 403, "no scheme is no TLS");
    assert.equal(await get(PROXY, {}), 403);
    assert.equal(await put(PROXY, { ...throughTls, "x-forwarded-for": "203.0.113.9, 198.51.100.1" }), 403);
    assert.equal(await put(PROXY, { ...throughTls, "x-forwarded-for": "198.51.100.1, 203.0.113.9" }), 200);
    assert.equal(await get(PROXY, { ...throughTls, ...standard }), 400, "contradiction");
  });

  test("what runs on this machine may read the metrics, what a proxy passes on may not", async () => {
    const path = "/-/metrics";
    const read = async (from: string, added: Record<string, string>): Promise<number> =>
      (await sendPlain(server, plainPort, { method: "POST", path, added, from })).status;
    assert.equal(await read("127.0.0.1", {}), 405, "a POST reads nothing");
    const anonymous = async (from: string, added: Record<string, string>): Promise<number> => {
      const answer = await sendPlain(server, plainPort, {
        method: "GET",
        path,
        from,
        added: { ...added, authorization: "" },
      });
      return answer.status;
    };
    assert.equal(await anonymous("127.0.0.1", {}), 200);
    assert.equal(await anonymous(PROXY, { "x-forwarded-for": "203.0.113.9" }), 403);
  });
});
