import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { callKms, kmsFields } from "../harness/kms-client.ts";
import { makeScratchFolder } from "../harness/scratch-folder.ts";
import { runStrongroom } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { missingTool } from "../harness/tool-lookup.ts";
import { runClient } from "./clients/client-workbench.ts";

const BOTO3_SESSION = fileURLToPath(new URL("./audit/boto3-lookup.py", import.meta.url));

async function withServer(name: string, use: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await startTestServer(name, { workers: 2 });
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

const strongroom = (server: TestServer, ...parameters: string[]): Promise<string> =>
  runStrongroom([
    ...parameters,
    "--data-dir",
    server.folder.dataDir,
    "--root-key-file",
    server.folder.rootKeyFile,
  ]);

/** A command that ended badly, and what it printed. */
const saying =
  (pattern: RegExp) =>
  (error: unknown): boolean =>
    pattern.test(String(Reflect.get(Object(error), "stdout")));

test("boto3 looks up what it did", { skip: missingTool("python3", "-c", "import boto3") }, () =>
  withServer("audit-boto3", async (server) => {
    const tally = new Tally();
    const home = join(server.folder.path, "home");
    mkdirSync(home);
    const bench = { server, home, tally };
    const printed = await runClient(bench, "python3", [BOTO3_SESSION], { PYTHONDONTWRITEBYTECODE: "1" });
    const counts: unknown = JSON.parse(printed);
    for (const [what, count] of Object.entries(counts ?? {})) tally.add(what, Number(count));
    const explained = await strongroom(server, "explain", "read", "s3://audited/sealed");
    const [now = "", then = ""] = explained.split("did, by the trail:");
    assert.match(
      now,
      /user\/watched\n.*statement Objects of the identity policy reads\n.*kms:Decrypt: statement /,
    );
    assert.match(now, /:root\n/);
    assert.doesNotMatch(now, /outsider/);
    assert.match(then, /user\/watched from 127\.0\.0\.1 \(s3:GetObject\)/);
    assert.match(then, /user\/watched from 127\.0\.0\.1 \(kms:Decrypt\)/);
    const page = await server.client.request({
      method: "GET",
      bucket: "-",
      objectKey: "explain/read",
      query: { bucket: "audited", key: "sealed" },
    });
    assert.equal(page.status, 200, page.body.toString());
    assert.match(page.body.toString(), /"couldNow":\[.*user\/watched.*"didRead":\[.*s3:GetObject/s);
    tally.conclude(console.log);
  }),
);

test("the AWS CLI looks up by name and by time", { skip: missingTool("aws", "--version") }, () =>
  withServer("audit-cli", async (server) => {
    const tally = new Tally();
    const home = join(server.folder.path, "home");
    mkdirSync(home);
    const bench = { server, home, tally };
    const aws = async (...parameters: string[]): Promise<string> => {
      tally.add("AWS CLI commands");
      return (await runClient(bench, "aws", [...parameters, "--output", "text"])).trim();
    };
    await aws("kms", "create-alias", "--alias-name", "alias/none", "--target-key-id", "0").catch(() => {});
    await aws("s3", "mb", "s3://looked");
    const look = (...parameters: string[]): Promise<string> =>
      aws("cloudtrail", "lookup-events", "--query", "Events[].EventName", ...parameters);
    assert.equal(
      await look("--lookup-attributes", "AttributeKey=EventName,AttributeValue=CreateBucket"),
      "CreateBucket",
    );
    assert.equal(
      await aws(
        "cloudtrail",
        "lookup-events",
        "--lookup-attributes",
        "AttributeKey=EventName,AttributeValue=CreateAlias",
        "--query",
        "Events[0].CloudTrailEvent",
      ).then((text) => Reflect.get(Object(JSON.parse(text)), "errorCode")),
      "NotFoundException",
    );
    assert.match(await look("--max-items", "2"), /LookupEvents/);
    assert.equal(await look("--end-time", "2020-01-01T00:00:00Z"), "");
    tally.conclude(console.log);
  }),
);

test("[L-110] verify names what was changed while the server runs, and no secret is on the trail", () =>
  withServer("audit-verify", async (server) => {
    const { client, folder, environment } = server;
    const run = async (operation: string, input: object): Promise<Readonly<Record<string, unknown>>> => {
      const response = await callKms(client, operation, input);
      assert.equal(response.status, 200, `${operation}: ${response.body}`);
      return kmsFields(response);
    };
    const made = await run("CreateKey", {});
    const KeyId: unknown = Reflect.get(Object(made["KeyMetadata"]), "KeyId");
    const Plaintext = Buffer.from("canary in a plaintext");
    const EncryptionContext = { where: "canary in a context" };
    const secrets = [
      Plaintext.toString(),
      Plaintext.toString("base64"),
      environment.credentials.secretAccessKey,
    ];
    for (let at = 0; at < 20; at += 1) {
      const sealed = await run("Encrypt", { KeyId, Plaintext, EncryptionContext });
      const dataKey = await run("GenerateDataKey", { KeyId, KeySpec: "AES_256", EncryptionContext });
      await run("Decrypt", { CiphertextBlob: sealed["CiphertextBlob"], EncryptionContext });
      secrets.push(
        String(sealed["CiphertextBlob"]),
        String(dataKey["Plaintext"]),
        String(dataKey["CiphertextBlob"]),
      );
    }
    const printed = await strongroom(server, "audit", "print");
    assert.equal(printed.split("\n").filter((line) => line.includes('"eventName":"Decrypt"')).length, 20);
    for (const secret of secrets) assert.ok(!printed.includes(secret));
    assert.ok(
      !/Signature=|Authorization|X-Amz-Security-Token/i.test(printed.replaceAll("authorization", "")),
    );

    const auditDir = join(folder.dataDir, "audit");
    const trails = readdirSync(auditDir).filter((name) => name.endsWith(".trail"));
    for (const name of trails) assert.ok(!readFileSync(join(auditDir, name)).includes("canary"));
    const witness = join(folder.path, "witness");
    writeFileSync(witness, await strongroom(server, "audit", "digest"));
    assert.match(await strongroom(server, "audit", "verify", "--witness", witness), /nothing was changed/);
    assert.match(await strongroom(server, "audit", "public-key"), /BEGIN PUBLIC KEY/);

    const [name = ""] = trails;
    const path = join(auditDir, name);
    const bytes = readFileSync(path);
    const changed = Buffer.from(bytes);
    changed[200] = (changed[200] ?? 0) ^ 1;
    writeFileSync(path, changed);
    await assert.rejects(
      strongroom(server, "audit", "verify"),
      saying(/changed: .*-000000\.trail record 0: /),
    );
    writeFileSync(path, bytes.subarray(0, bytes.length - 40));
    await assert.rejects(
      strongroom(server, "audit", "verify"),
      saying(/truncated: .*-000000\.trail records? \d+/),
    );
    writeFileSync(path, bytes);
    assert.match(await strongroom(server, "audit", "verify"), /nothing was changed/);
  }));

test("what cannot be recorded is neither done nor answered", async () => {
  const folder = makeScratchFolder("audit-refusal-data");
  mkdirSync(folder.dataDir, { recursive: true, mode: 0o700 });
  const blocked = join(folder.dataDir, "audit");
  writeFileSync(blocked, "");
  const server = await startTestServer("audit-refusal", { workers: 1, dataDir: folder.dataDir });
  try {
    const { client } = server;
    assert.equal((await callKms(client, "CreateKey")).status, 500);
    assert.equal((await client.request({ method: "PUT", bucket: "unrecorded" })).status, 503);
    rmSync(blocked);
    const keys = await callKms(client, "ListKeys");
    assert.equal(keys.status, 200);
    assert.deepEqual(kmsFields(keys)["Keys"], []);
    assert.equal((await client.request({ method: "HEAD", bucket: "unrecorded" })).status, 404);
    await server.makeBucket("unrecorded");
  } finally {
    await server.close();
    folder.remove();
  }
});
