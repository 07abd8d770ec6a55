import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { readClientEnvironment } from "../harness/client-environment.ts";
import { callKms } from "../harness/kms-client.ts";
import { makeScratchFolder, type ScratchFolder } from "../harness/scratch-folder.ts";
import {
  freePort,
  runStrongroom,
  type StrongroomProcess,
  startStrongroom,
} from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { WireClient, xmlTexts } from "../harness/wire-client.ts";

const BUCKET = "audit-archive";
const LOG_NAME =
  /^AWSLogs\/(\d{12})\/CloudTrail\/us-east-1\/\d{4}\/\d\d\/\d\d\/\1_CloudTrail_us-east-1_\d{8}T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz$/;
const DIGEST_NAME =
  /^AWSLogs\/(\d{12})\/CloudTrail-Digest\/us-east-1\/\d{4}\/\d\d\/\d\d\/\1_CloudTrail-Digest_us-east-1_strongroom-\d{8}_us-east-1_\d{8}T\d{6}Z\.json\.gz$/;
const KILLS = 3;
const WAIT_MS = 60_000;

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => ({ ...Object(value) });
const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);

interface Archive {
  readonly folder: ScratchFolder;
  readonly port: number;
  /** The account that owns the bucket, and its client. */
  readonly accountId: string;
  readonly reader: WireClient;
  readonly root: WireClient;
}

const run = (folder: ScratchFolder, ...parameters: string[]): Promise<string> =>
  runStrongroom([...parameters, "--data-dir", folder.dataDir, "--root-key-file", folder.rootKeyFile]);

function start(folder: ScratchFolder, port: number, target: string | null): Promise<StrongroomProcess> {
  return startStrongroom({
    dataDir: folder.dataDir,
    rootKeyFile: folder.rootKeyFile,
    logFile: folder.logFile,
    port,
    workers: 2,
    moreArguments: target === null ? [] : ["--audit-bucket", target],
  });
}

/** A server that has run once without a target, with a versioned bucket of another account. */
async function makeArchive(name: string): Promise<Archive> {
  const folder = makeScratchFolder(name);
  const port = await freePort();
  const server = await start(folder, port, null);
  const environment = await readClientEnvironment(server);
  const made = fieldsOf(JSON.parse(await run(folder, "account", "create", "archive", "--json")));
  const credentials = {
    accessKeyId: String(made["accessKeyId"]),
    secretAccessKey: String(made["secretAccessKey"]),
  };
  const root = new WireClient(environment);
  const reader = new WireClient({ ...environment, credentials });
  assert.equal((await reader.request({ method: "PUT", bucket: BUCKET })).status, 200);
  const body = Buffer.from(
    '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>',
  );
  const versioning = await reader.request({ method: "PUT", bucket: BUCKET, query: { versioning: "" }, body });
  assert.equal(versioning.status, 200, versioning.body.toString());
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  return { folder, port, accountId: String(made["accountId"]), reader, root };
}

/** Every version in the bucket: a name that was written twice would be there twice. */
async function listNames({ reader }: Archive): Promise<readonly string[]> {
  const names: string[] = [];
  for (let marker: Record<string, string> = {}; ; ) {
    const page = await reader.request({
      method: "GET",
      bucket: BUCKET,
      query: { versions: "", "max-keys": "500", ...marker },
    });
    assert.equal(page.status, 200, page.body.toString());
    names.push(...xmlTexts(page.body, "Key"));
    const [next] = xmlTexts(page.body, "NextKeyMarker");
    if (next === undefined || xmlTexts(page.body, "IsTruncated")[0] !== "true") return names;
    marker = {
      "key-marker": next,
      "version-id-marker": xmlTexts(page.body, "NextVersionIdMarker")[0] ?? "",
    };
  }
}

async function readDelivered(
  { reader }: Archive,
  objectKey: string,
): Promise<{ readonly text: string; readonly signature: string }> {
  const got = await reader.request({ method: "GET", bucket: BUCKET, objectKey });
  assert.equal(got.status, 200, got.body.toString());
  assert.equal(got.headers["x-amz-server-side-encryption"], "AES256");
  assert.equal(got.headers["content-encoding"], "gzip");
  return {
    text: gunzipSync(got.body).toString("utf8"),
    signature: String(got.headers["x-amz-meta-signature"] ?? ""),
  };
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const endMs = Date.now() + WAIT_MS; Date.now() < endMs; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  assert.fail(`${what} did not come about`);
}

async function idsOnTrail(folder: ScratchFolder): Promise<readonly string[]> {
  const printed = await run(folder, "audit", "print");
  return printed
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => String(fieldsOf(JSON.parse(line))["eventID"]));
}

/** Checks the chain of digests in the bucket and gives the ids of all events in the files that they name. */
async function readArchive(archive: Archive, publicKeyPem: string, tally: Tally): Promise<readonly string[]> {
  const names = await listNames(archive);
  assert.equal(new Set(names).size, names.length, "each name was written once");
  const digests = names.filter((name) => name.includes("/CloudTrail-Digest/")).sort();
  const logs = new Set(names.filter((name) => !name.includes("/CloudTrail-Digest/")));
  const key = createPublicKey(publicKeyPem);
  const ids: string[] = [];
  let previous = { objectKey: "", hash: "", signature: "" };
  for (const objectKey of digests) {
    assert.match(objectKey, DIGEST_NAME);
    const { text, signature } = await readDelivered(archive, objectKey);
    const digest = fieldsOf(JSON.parse(text));
    const hash = createHash("sha256").update(text).digest("hex");
    const words = [
      digest["digestEndTime"],
      `${BUCKET}/${objectKey}`,
      hash,
      digest["previousDigestSignature"] ?? "null",
    ];
    assert.ok(verify(null, Buffer.from(words.join("\n")), key, Buffer.from(signature, "hex")), objectKey);
    assert.equal(digest["previousDigestS3Object"] ?? "", previous.objectKey);
    assert.equal(digest["previousDigestHashValue"] ?? "", previous.hash);
    assert.equal(digest["previousDigestSignature"] ?? "", previous.signature);
    assert.deepEqual(digest["damagedSegments"], []);
    previous = { objectKey, hash, signature };
    for (const entry of listOf(digest["logFiles"])) {
      const name = String(entry["s3Object"]);
      assert.match(name, LOG_NAME);
      assert.ok(logs.delete(name), `${name} is named once and is there`);
      const file = await readDelivered(archive, name);
      assert.equal(createHash("sha256").update(file.text).digest("hex"), entry["hashValue"]);
      for (const event of listOf(fieldsOf(JSON.parse(file.text))["Records"])) {
        assert.equal(event["recipientAccountId"], LOG_NAME.exec(name)?.[1]);
        ids.push(String(event["eventID"]));
      }
      tally.add("log files read");
    }
    tally.add("digests verified");
  }
  assert.deepEqual([...logs], [], "no log file that no digest names");
  return ids;
}

test("the trail is in the bucket of another account, each event once, whenever the server is killed", async () => {
  const tally = new Tally();
  const archive = await makeArchive("audit-delivery");
  const { folder, port, accountId, root } = archive;
  const target = `${accountId}/${BUCKET}`;
  const publicKey = await run(folder, "audit", "public-key");
  for (let kill = 0; kill < KILLS; kill++) {
    const server = await start(folder, port, target);
    for (let at = 0; at < 12; at++) assert.equal((await callKms(root, "CreateKey")).status, 200);
    await run(folder, "audit", "digest");
    await new Promise((resolve) => setTimeout(resolve, kill * 150));
    await server.kill();
    tally.add("kills");
  }
  const server = await start(folder, port, target);
  try {
    const marked = (await idsOnTrail(folder)).length;
    assert.ok(marked > KILLS * 12);
    const digest = await run(folder, "audit", "digest");
    const number = /digests\/(\d{8})\.digest/.exec(digest)?.[1] ?? "none";
    await until("the delivery of the last digest", async () =>
      (await listNames(archive)).some((name) => name.includes(`_strongroom-${number}_`)),
    );
  } finally {
    assert.deepEqual(await server.stop(30_000), { code: 0, signal: null });
  }
  // A server that stops has delivered everything: the next one is told nowhere to deliver to, and adds nothing.
  const onTrail = await idsOnTrail(folder);
  const last = await start(folder, port, null);
  const delivered = await readArchive(archive, publicKey, tally);
  assert.equal(new Set(delivered).size, delivered.length, "each event once");
  assert.deepEqual([...delivered].sort(), [...onTrail].sort());
  tally.add("events compared");
  assert.match(await run(folder, "audit", "verify"), /nothing was changed/);
  await last.stop();
  archive.root.close();
  archive.reader.close();
  folder.remove();
  tally.conclude(console.log);
});

test("a bucket of that name of somebody else's gets nothing, and keeps nothing from being done", async () => {
  const archive = await makeArchive("audit-delivery-stranger");
  const { folder, port, root } = archive;
  const server = await start(folder, port, `000000000001/${BUCKET}`);
  assert.equal((await callKms(root, "CreateKey")).status, 200);
  await run(folder, "audit", "digest");
  await until("the complaint", async () => server.output.includes("BucketOfAnother"));
  assert.deepEqual(await listNames(archive), []);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  archive.root.close();
  archive.reader.close();
  folder.remove();
});
