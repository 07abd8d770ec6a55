import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketVersioningCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { makeScratchFolder, type ScratchFolder } from "../harness/scratch-folder.ts";
import { runStrongroom, serverEnvironment, strongroomCommand } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { noOpenssl } from "../harness/test-certificates.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { findMinio, MinioServer } from "./import/minio-server.ts";
import {
  BUCKET,
  customerKey,
  fillSource,
  readAll,
  type Schemes,
  type SeenVersion,
} from "./import/source-objects.ts";

const REGION = "us-east-1";
const TIMEOUT_MS = 120_000;
const minio = findMinio();
const noMinio = minio === null ? "minio is not installed" : noOpenssl;

function clientOf(
  endpoint: string,
  ca: Buffer,
  credentials: { accessKeyId: string; secretAccessKey: string },
): S3Client {
  const requestHandler = { httpsAgent: new Agent({ ca, keepAlive: true }) };
  return new S3Client({ endpoint, region: REGION, forcePathStyle: true, credentials, requestHandler });
}

describe("strongroom import", () => {
  const tally = new Tally();
  const secret = customerKey();
  let scratch: ScratchFolder;
  let keyFile: string;
  const secretFor = (objectKey: string) => (objectKey.startsWith("sse-c/") ? secret.headers : {});

  before(() => {
    scratch = makeScratchFolder("import");
    keyFile = join(scratch.path, "customer.key");
    writeFileSync(keyFile, secret.key.toString("base64"), { mode: 0o600 });
  });
  after(() => {
    scratch.remove();
    tally.conclude(console.log);
  });

  async function withTarget(
    name: string,
    use: (target: TestServer, s3: S3Client) => Promise<void>,
  ): Promise<void> {
    const target = await startTestServer(name, {
      workers: 2,
      moreArguments: ["--new-buckets-block-sse-c", "no"],
    });
    const { ca, credentials } = target.environment;
    const s3 = clientOf(target.process.endpoint, ca, credentials);
    try {
      await use(target, s3);
    } finally {
      s3.destroy();
      await target.close();
    }
  }

  async function runImport(target: TestServer, more: readonly string[], environment: Record<string, string>) {
    const state = join(target.folder.path, "import.state");
    const parameters = ["import", "--json", "--state", state, "--from-customer-key", keyFile, ...more];
    const printed = await runStrongroom(
      parameters,
      { ...target.environment.variables, ...environment },
      TIMEOUT_MS,
    );
    const summary: unknown = JSON.parse(printed);
    const { totals, failures } = Object(summary) as { totals: Record<string, number>; failures: unknown[] };
    assert.deepEqual(failures, []);
    return totals;
  }

  const compare = (found: readonly SeenVersion[], expected: readonly SeenVersion[]): void => {
    assert.deepEqual(found, expected);
    tally.add("versions compared", found.length);
  };

  describe("from MinIO", { skip: noMinio }, () => {
    let source: MinioServer;
    let expected: readonly SeenVersion[];
    let sourceEnvironment: Record<string, string>;

    before(async () => {
      if (minio === null) return;
      source = await MinioServer.start(minio, scratch.path);
      const s3 = clientOf(source.endpoint, source.ca, source.credentials);
      const schemes: Schemes = {
        plain: {},
        "sse-s3": { ServerSideEncryption: "AES256" },
        "sse-kms": { ServerSideEncryption: "aws:kms", SSEKMSKeyId: "import-key" },
        "sse-kms-context": {
          ServerSideEncryption: "aws:kms",
          SSEKMSKeyId: "import-key",
          SSEKMSEncryptionContext: Buffer.from('{"team":"a"}').toString("base64"),
        },
        "sse-c": secret.headers,
      };
      await fillSource(s3, schemes);
      expected = await readAll(s3, secretFor);
      s3.destroy();
      sourceEnvironment = {
        STRONGROOM_IMPORT_ACCESS_KEY_ID: source.credentials.accessKeyId,
        STRONGROOM_IMPORT_SECRET_ACCESS_KEY: source.credentials.secretAccessKey,
      };
    });
    after(() => source?.stop());

    test("over S3: data, metadata, tags, versions and markers come over, and again nothing", () =>
      withTarget("import-endpoint", async (target, s3) => {
        const from = ["--from-endpoint", source.endpoint, "--from-ca", source.caFile];
        await runImport(target, from, sourceEnvironment);
        compare(await readAll(s3, () => ({})), expected);
        const again = await runImport(target, from, sourceEnvironment);
        assert.equal(again["alreadyThere"], expected.length, JSON.stringify(again));
        tally.add("runs that wrote nothing");
      }));

    test("from the drives of a stopped server, one of them missing, with its static KMS key", async () => {
      await source.stop();
      await withTarget("import-folder", async (target, s3) => {
        const from = source.drives.slice(1).flatMap((drive) => ["--from-minio-folder", drive]);
        await runImport(target, from, { MINIO_KMS_SECRET_KEY: source.kmsKey });
        compare(await readAll(s3, () => ({})), expected);
      });
    });

    test("a wrong KMS key brings nothing that hangs on it, and says so", async () => {
      await source.stop();
      await withTarget("import-wrong-key", async (target) => {
        const state = join(target.folder.path, "import.state");
        const wrong = `import-key:${Buffer.alloc(32, 7).toString("base64")}`;
        const folders = source.drives.flatMap((drive) => ["--from-minio-folder", drive]);
        const flags = [...folders, "--prefix", "sse-s3/"];
        const { file, parameters } = strongroomCommand(["import", "--json", "--state", state, ...flags]);
        const environment = { ...target.environment.variables, MINIO_KMS_SECRET_KEY: wrong };
        const child = spawn(file, parameters, { env: serverEnvironment(environment) });
        let printed = "";
        child.stdout.on("data", (piece: Buffer) => {
          printed += piece.toString();
        });
        const [code] = await once(child, "close");
        assert.equal(code, 1);
        const { totals } = Object(JSON.parse(printed)) as { totals: Record<string, number> };
        assert.ok(Number(totals["failed"]) > 0, printed);
        assert.ok(!printed.includes(wrong.split(":")[1] ?? ""));
      });
    });
  });

  test("from another server of this kind, killed again and again on the way", async () => {
    await withTarget("import-source", async (source, from) => {
      const schemes: Schemes = {
        "sse-s3": {},
        "sse-kms": { ServerSideEncryption: "aws:kms" },
        "sse-c": secret.headers,
      };
      await fillSource(from, schemes);
      const expected = await readAll(from, secretFor);
      await withTarget("import-killed", async (target, to) => {
        const { ca, credentials, caFile } = source.environment;
        assert.ok(ca.length > 0);
        const environment = {
          ...target.environment.variables,
          STRONGROOM_IMPORT_ACCESS_KEY_ID: credentials.accessKeyId,
          STRONGROOM_IMPORT_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        };
        await to.send(new CreateBucketCommand({ Bucket: BUCKET }));
        const SSEAlgorithm = "aws:kms" as const;
        const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm }, BucketKeyEnabled: true }];
        const ServerSideEncryptionConfiguration = { Rules };
        const VersioningConfiguration = { Status: "Enabled" as const };
        await to.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
        await to.send(new PutBucketEncryptionCommand({ Bucket: BUCKET, ServerSideEncryptionConfiguration }));
        const state = join(target.folder.path, "import.state");
        const flags = ["--from-endpoint", source.process.endpoint, "--from-ca", caFile, "--concurrency", "2"];
        for (const ms of [700, 900, 1_200]) {
          const command = ["import", "--state", state, "--from-customer-key", keyFile, ...flags];
          const { file, parameters } = strongroomCommand(command);
          const child = spawn(file, parameters, { env: serverEnvironment(environment), stdio: "ignore" });
          const ended = once(child, "exit");
          setTimeout(() => child.kill("SIGKILL"), ms);
          const [, signal] = await ended;
          if (signal === "SIGKILL") tally.add("kills");
        }
        await runImport(target, flags, environment);
        compare(await readAll(to, () => ({})), expected);
        assert.ok(!readFileSync(state).includes("of 200000"), "names are sealed in the file of the state");
        rmSync(state);
      });
    });
  });
});
