import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type LoggingEnabled,
  PutBucketEncryptionCommand,
  PutBucketLoggingCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { ClientEnvironment } from "../harness/client-environment.ts";
import { callKms, kmsFields } from "../harness/kms-client.ts";
import { startStrongroom } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { missingTool, runTool } from "../harness/tool-lookup.ts";
import { type LogLine, parseLogLine } from "./access-logs/log-line.ts";

const noAws = missingTool("aws", "--version");
const noBoto3 = missingTool("python3", "-c", "import boto3");
const SESSION = fileURLToPath(new URL("./access-logs/session.py", import.meta.url));
const REGION = "us-east-1";
const WAIT_MS = 60_000;

interface ExpectedLine {
  readonly requestId: string;
  readonly operation: string;
  readonly status: number;
  readonly key?: string;
  readonly code?: string;
  readonly size?: string;
  readonly sent?: string;
  readonly auth?: string;
  readonly requester?: string;
}

function clientOf({ endpoint, ca, credentials }: ClientEnvironment): S3Client {
  const requestHandler = { httpsAgent: new Agent({ ca, keepAlive: true }) };
  return new S3Client({ endpoint, region: REGION, forcePathStyle: true, credentials, requestHandler });
}

async function logKeys(s3: S3Client, Bucket: string, Prefix: string): Promise<readonly string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Contents.map(({ Key }) => Key ?? "");
}

async function logText(s3: S3Client, Bucket: string, Prefix: string): Promise<string> {
  const texts = (await logKeys(s3, Bucket, Prefix)).map(async (Key) => {
    const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    assert.equal(ContentType, "text/plain");
    return (await Body?.transformToString()) ?? "";
  });
  return (await Promise.all(texts)).join("");
}

const linesOf = (text: string): readonly LogLine[] => text.split("\n").filter(Boolean).map(parseLogLine);

/** The lines once `isEnough` says so of them; what there is after a minute otherwise. */
async function logsOnce(
  read: () => Promise<string>,
  isEnough: (lines: readonly LogLine[]) => boolean,
): Promise<{ readonly text: string; readonly lines: readonly LogLine[] }> {
  for (const endMs = Date.now() + WAIT_MS; ; ) {
    const text = await read();
    const lines = linesOf(text);
    if (isEnough(lines) || Date.now() > endMs) return { text, lines };
    await sleep(250);
  }
}

const serviceMayPut = (bucket: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Principal: { Service: "logging.s3.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: `arn:aws:s3:::${bucket}/*`,
    },
  });

describe("access logs", () => {
  const tally = new Tally();
  let server: TestServer;
  let s3: S3Client;
  let home: string;
  let account: string;

  before(async () => {
    server = await startTestServer("access-logs", {
      workers: 2,
      moreArguments: ["--access-log-seconds", "1", "--new-buckets-block-sse-c", "no"],
    });
    home = join(server.folder.path, "home");
    mkdirSync(home);
    s3 = clientOf(server.environment);
    const { endpoint, ca, credentials } = server.environment;
    const requestHandler = { httpsAgent: new Agent({ ca }) };
    const sts = new STSClient({ endpoint, region: REGION, credentials, requestHandler });
    account = (await sts.send(new GetCallerIdentityCommand({}))).Account ?? "";
    sts.destroy();
  });
  after(async () => {
    s3.destroy();
    await server.close();
    tally.conclude(console.log, ["lines"]);
  });

  const makeBuckets = async (...names: string[]): Promise<void> => {
    for (const Bucket of names) await s3.send(new CreateBucketCommand({ Bucket }));
  };
  const letServiceIn = (Bucket: string) =>
    s3.send(new PutBucketPolicyCommand({ Bucket, Policy: serviceMayPut(Bucket) }));
  const logTo = (Bucket: string, LoggingEnabled: LoggingEnabled) =>
    s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled } }));
  const put = async (Bucket: string, Key: string): Promise<string> => {
    const { $metadata } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
    return $metadata.requestId ?? "";
  };
  const dropped = async (): Promise<number> => {
    const response = await server.client.request({ method: "GET", bucket: "-", objectKey: "metrics" });
    const found = /^strongroom_access_log_records_total\{outcome="dropped"\} (\d+)$/m.exec(
      response.body.toString(),
    );
    return Number(found?.[1] ?? 0);
  };

  test("boto3's requests are told once each, in S3's fields, without a secret", {
    skip: noBoto3,
  }, async () => {
    await makeBuckets("logged", "logs");
    const { stdout } = await runTool("python3", [SESSION, "logged", "logs", "of/logged-"], {
      environment: server.environment.variables,
      home,
    });
    const told: { expected: readonly ExpectedLine[]; secrets: readonly string[] } = JSON.parse(stdout);
    const has = (lines: readonly LogLine[], { requestId, operation, key }: ExpectedLine) =>
      lines.filter(
        (line) =>
          line.requestId === requestId &&
          line.operation === operation &&
          (key === undefined || line.key === key),
      );
    const { text, lines } = await logsOnce(
      () => logText(s3, "logs", "of/logged-"),
      (found) => told.expected.every((each) => has(found, each).length > 0),
    );
    for (const each of told.expected) {
      const found = has(lines, each);
      assert.equal(found.length, 1, `${JSON.stringify(each)} is told ${found.length} times`);
      const [line] = found;
      assert.ok(line !== undefined);
      assert.equal(line.bucket, "logged");
      assert.equal(line.status, String(each.status), each.operation);
      assert.equal(line.errorCode, each.code ?? "-", each.operation);
      if (each.size !== undefined) assert.equal(line.objectSize, each.size, each.operation);
      if (each.sent !== undefined) assert.equal(line.bytesSent, each.sent, each.operation);
      assert.equal(line.requester, each.requester ?? line.bucketOwner, each.operation);
      assert.equal(line.authenticationType, each.auth ?? "AuthHeader");
      assert.equal(line.remoteIp, "127.0.0.1");
      assert.equal(line.signatureVersion, "SigV4");
      assert.equal(line.tlsVersion, "TLSv1.3");
      assert.match(line.cipherSuite, /^TLS_/);
      assert.match(line.time, /^\[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000\]$/);
      if (line.operation.startsWith("REST.")) assert.match(line.requestUri, / HTTP\/1\.1$/);
      if (line.operation.startsWith("REST.")) assert.match(line.totalTime, /^\d+$/);
    }
    assert.ok(told.secrets.length > 6);
    for (const secret of told.secrets) assert.ok(!text.includes(secret), "a secret is in the log");
    assert.match(text, /X-Amz-Signature=REDACTED/);
    const [Key = ""] = await logKeys(s3, "logs", "of/logged-");
    assert.match(Key, /^of\/logged-\d{4}(-\d\d){5}-[0-9A-F]{16}$/);
    const { ServerSideEncryption } = await s3.send(new HeadObjectCommand({ Bucket: "logs", Key }));
    assert.equal(ServerSideEncryption, "AES256");
    tally.add("lines", told.expected.length);
  });

  test("the AWS CLI sets, shows and ends logging; wrong targets are refused as S3 refuses them", {
    skip: noAws,
  }, async () => {
    await makeBuckets("cli-logged", "cli-logs");
    await letServiceIn("cli-logs");
    const aws = async (...parameters: string[]): Promise<string> =>
      (await runTool("aws", ["s3api", ...parameters], { environment: server.environment.variables, home }))
        .stdout;
    const set = (enabled: object) =>
      aws(
        ...["put-bucket-logging", "--bucket", "cli-logged"],
        ...["--bucket-logging-status", JSON.stringify({ LoggingEnabled: enabled })],
      );
    const to = { TargetBucket: "cli-logs", TargetPrefix: "" };
    const partitioned = { PartitionedPrefix: { PartitionDateSource: "EventTime" } };
    await set({ ...to, TargetObjectKeyFormat: partitioned });
    const shown: unknown = JSON.parse(await aws("get-bucket-logging", "--bucket", "cli-logged"));
    assert.deepEqual(shown, { LoggingEnabled: { ...to, TargetObjectKeyFormat: partitioned } });
    const Grantee = { Type: "Group", URI: "http://acs.amazonaws.com/groups/global/AuthenticatedUsers" };
    await assert.rejects(
      set({ ...to, TargetGrants: [{ Grantee, Permission: "READ" }] }),
      /AccessControlListNotSupported.*Target grants not allowed for bucket owner enforced buckets/,
    );
    await assert.rejects(
      set({ ...to, TargetBucket: "no-such-bucket" }),
      /InvalidTargetBucketForLogging.*The target bucket for logging does not exist/,
    );
    await assert.rejects(
      aws("get-bucket-logging", "--bucket", "cli-logged", "--expected-bucket-owner", "999999999999"),
      /AccessDenied/,
    );
    await aws("put-bucket-logging", "--bucket", "cli-logged", "--bucket-logging-status", "{}");
    assert.equal((await aws("get-bucket-logging", "--bucket", "cli-logged")).trim(), "");
  });

  test("no header makes a line of its own, and no line a field more", async () => {
    await makeBuckets("forged", "forged-logs");
    await letServiceIn("forged-logs");
    await logTo("forged", { TargetBucket: "forged-logs", TargetPrefix: "" });
    const agent = 'x" - - SigV4 - "y\\';
    const answer = await server.client.request({
      method: "GET",
      bucket: "forged",
      objectKey: 'a"\n b',
      headers: { "user-agent": agent, referer: 'https://a/"?X-Amz-Signature=0123456789abcdef' },
    });
    const id = answer.headers["x-amz-request-id"];
    const { lines } = await logsOnce(
      () => logText(s3, "forged-logs", ""),
      (found) => found.some(({ requestId }) => requestId === id),
    );
    const line = lines.find(({ requestId }) => requestId === id);
    assert.equal(line?.userAgent, "x%22 - - SigV4 - %22y%5C");
    assert.equal(line?.referer, "https://a/%22?X-Amz-Signature=REDACTED");
    assert.equal(line?.key, "a%2522%250A%2520b");
    tally.add("lines");
  });

  test("a bucket that logs into itself does not log its logs", async () => {
    await makeBuckets("itself");
    await letServiceIn("itself");
    await logTo("itself", { TargetBucket: "itself", TargetPrefix: "log/" });
    const ids = new Set([await put("itself", "one")]);
    await logsOnce(
      () => logText(s3, "itself", "log/"),
      (found) => found.some(({ requestId }) => ids.has(requestId)),
    );
    ids.add(await put("itself", "two"));
    const { lines } = await logsOnce(
      () => logText(s3, "itself", "log/"),
      (found) => found.filter(({ requestId }) => ids.has(requestId)).length === 2,
    );
    const puts = lines.filter(({ operation }) => operation === "REST.PUT.OBJECT");
    assert.deepEqual(puts.map(({ key }) => key).sort(), ["one", "two"]);
    tally.add("lines", puts.length);
  });

  test("logs lie in partitions, under the key that is their bucket's default and lets the service in", async () => {
    await makeBuckets("parted", "parted-logs");
    await letServiceIn("parted-logs");
    const root = { AWS: `arn:aws:iam::${account}:root` };
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: root, Action: "kms:*", Resource: "*" },
        {
          Effect: "Allow",
          Principal: { Service: "logging.s3.amazonaws.com" },
          Action: ["kms:GenerateDataKey", "kms:Decrypt"],
          Resource: "*",
          Condition: { StringEquals: { "aws:SourceAccount": account } },
        },
      ],
    });
    const made = kmsFields(await callKms(server.client, "CreateKey", { Policy }))["KeyMetadata"];
    const KMSMasterKeyID = String(Reflect.get(Object(made), "Arn"));
    const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: "aws:kms" as const, KMSMasterKeyID };
    await s3.send(
      new PutBucketEncryptionCommand({
        Bucket: "parted-logs",
        ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault }] },
      }),
    );
    await logTo("parted", {
      TargetBucket: "parted-logs",
      TargetPrefix: "all/",
      TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: "EventTime" } },
    });
    const id = await put("parted", "a");
    await logsOnce(
      () => logText(s3, "parted-logs", "all/"),
      (found) => found.some(({ requestId }) => requestId === id),
    );
    const [Key = ""] = await logKeys(s3, "parted-logs", "all/");
    const form = `^all/${account}/${REGION}/parted/(\\d{4})/(\\d\\d)/(\\d\\d)/\\1-\\2-\\3-00-00-00-[0-9A-F]{16}$`;
    assert.match(Key, new RegExp(form));
    const { ServerSideEncryption } = await s3.send(new HeadObjectCommand({ Bucket: "parted-logs", Key }));
    assert.equal(ServerSideEncryption, "aws:kms");
    tally.add("lines");
  });

  test("a target that does not let logs in loses them, counted, and fails no request", async () => {
    await makeBuckets("lost", "lost-logs");
    await logTo("lost", { TargetBucket: "lost-logs", TargetPrefix: "" });
    const before = await dropped();
    await put("lost", "a");
    for (const endMs = Date.now() + WAIT_MS; (await dropped()) === before && Date.now() < endMs; )
      await sleep(250);
    assert.ok((await dropped()) > before);
    assert.match(server.process.output, /access logs are lost.*logging\.s3\.amazonaws\.com/);
    assert.deepEqual(await logKeys(s3, "lost-logs", ""), []);
    await letServiceIn("lost-logs");
    const id = await put("lost", "b");
    const { lines } = await logsOnce(
      () => logText(s3, "lost-logs", ""),
      (found) => found.some(({ requestId }) => requestId === id),
    );
    assert.ok(!lines.some(({ key }) => key === "a"));
    await s3.send(new DeleteBucketPolicyCommand({ Bucket: "lost-logs" }));
  });
});

for (const workers of [1, 2]) {
  test(`a clean stop of ${workers} processes delivers what was gathered, and nothing lay in the clear`, async () => {
    const moreArguments = ["--access-log-seconds", "3600"];
    const server = await startTestServer(`access-logs-stop-${workers}`, { workers, moreArguments });
    const s3 = clientOf(server.environment);
    for (const Bucket of ["stopped", "stopped-logs"]) await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(
      new PutBucketPolicyCommand({ Bucket: "stopped-logs", Policy: serviceMayPut("stopped-logs") }),
    );
    const LoggingEnabled = { TargetBucket: "stopped-logs", TargetPrefix: "" };
    await s3.send(
      new PutBucketLoggingCommand({ Bucket: "stopped", BucketLoggingStatus: { LoggingEnabled } }),
    );
    const ids: string[] = [];
    for (let count = 0; count < 20; count++) {
      const put = new PutObjectCommand({ Bucket: "stopped", Key: `canary-of-the-log-${count}`, Body: "x" });
      ids.push((await s3.send(put)).$metadata.requestId ?? "");
    }
    s3.destroy();
    assert.deepEqual(
      await server.process.stop(),
      { code: 0, signal: null },
      server.process.output.slice(-2000),
    );
    assert.ok(!filesUnder(server.folder.dataDir).some((bytes) => bytes.includes("canary-of-the-log")));
    const again = await startStrongroom(server.process.options);
    const after = clientOf({ ...server.environment, endpoint: again.endpoint });
    const lines = linesOf(await logText(after, "stopped-logs", ""));
    const told = lines
      .filter(({ operation }) => operation === "REST.PUT.OBJECT")
      .map(({ requestId }) => requestId);
    assert.deepEqual(told.toSorted(), ids.toSorted());
    after.destroy();
    server.client.close();
    assert.deepEqual(await again.stop(), { code: 0, signal: null }, again.output.slice(-2000));
    server.folder.remove();
  });
}

function filesUnder(folder: string): readonly Buffer[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
}
