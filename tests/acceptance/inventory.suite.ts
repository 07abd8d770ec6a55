import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Agent } from "node:https";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import {
  CreateBucketCommand,
  DeleteBucketInventoryConfigurationCommand,
  DeleteObjectCommand,
  GetBucketInventoryConfigurationCommand,
  GetObjectCommand,
  type InventoryConfiguration,
  ListBucketInventoryConfigurationsCommand,
  ListObjectsV2Command,
  PutBucketInventoryConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";

const [SOURCE, TARGET] = ["counted", "reports"];
const WAIT_MS = 60_000;
const inventory: InventoryConfiguration = {
  Id: "all",
  IsEnabled: true,
  IncludedObjectVersions: "All",
  Schedule: { Frequency: "Daily" },
  OptionalFields: ["EncryptionStatus", "Size", "ETag", "BucketKeyStatus", "ObjectOwner", "ChecksumAlgorithm"],
  Destination: {
    S3BucketDestination: {
      Bucket: `arn:aws:s3:::${TARGET}`,
      Format: "CSV",
      Prefix: "of",
      Encryption: { SSES3: {} },
    },
  },
};

describe("inventories", () => {
  const tally = new Tally();
  let server: TestServer;
  let s3: S3Client;

  before(async () => {
    // A day of twenty seconds: an inventory is begun within two.
    const moreArguments = ["--lifecycle-day-seconds", "20"];
    server = await startTestServer("inventory", { workers: 2, moreArguments });
    const { ca, credentials } = server.environment;
    const requestHandler = { httpsAgent: new Agent({ ca, keepAlive: true }) };
    const { endpoint } = server.process;
    s3 = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials, requestHandler });
    for (const Bucket of [SOURCE, TARGET]) await s3.send(new CreateBucketCommand({ Bucket }));
  });
  after(async () => {
    s3.destroy();
    await server.close();
    tally.conclude(console.log, ["rows compared"]);
  });

  const at = { Bucket: SOURCE, Id: "all" };
  const configure = (changes: Partial<InventoryConfiguration> = {}, Id = "all") =>
    s3.send(
      new PutBucketInventoryConfigurationCommand({
        Bucket: SOURCE,
        Id,
        InventoryConfiguration: { ...inventory, Id, ...changes },
      }),
    );
  const read = async (Key: string): Promise<Buffer> => {
    const { Body, ServerSideEncryption } = await s3.send(new GetObjectCommand({ Bucket: TARGET, Key }));
    assert.equal(ServerSideEncryption, "AES256");
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  const listed = async (): Promise<readonly string[]> => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: TARGET }));
    return Contents.map(({ Key }) => Key ?? "");
  };
  const code = (name: string) => (error: unknown) => error instanceof Error && error.name === name;

  test("configurations are kept as they were put, listed, changed and removed", async () => {
    await configure({ IsEnabled: false });
    await configure({ IsEnabled: false, Filter: { Prefix: "a/" } }, "other.one");
    const { InventoryConfiguration } = await s3.send(new GetBucketInventoryConfigurationCommand(at));
    assert.deepEqual(
      { ...InventoryConfiguration, OptionalFields: InventoryConfiguration?.OptionalFields?.toSorted() },
      { ...inventory, IsEnabled: false, OptionalFields: inventory.OptionalFields?.toSorted() },
    );
    const list = await s3.send(new ListBucketInventoryConfigurationsCommand({ Bucket: SOURCE }));
    assert.deepEqual(
      list.InventoryConfigurationList?.map(({ Id, Filter }) => [Id, Filter?.Prefix]),
      [
        ["all", undefined],
        ["other.one", "a/"],
      ],
    );
    await s3.send(new DeleteBucketInventoryConfigurationCommand({ ...at, Id: "other.one" }));
    const gone = new GetBucketInventoryConfigurationCommand({ ...at, Id: "other.one" });
    await assert.rejects(s3.send(gone), code("NoSuchConfiguration"));
    await assert.rejects(configure({}, "a b"), code("InvalidArgument"));
    const { S3BucketDestination } = inventory.Destination ?? {};
    assert.ok(S3BucketDestination !== undefined);
    const asParquet = { S3BucketDestination: { ...S3BucketDestination, Format: "Parquet" as const } };
    await assert.rejects(configure({ Destination: asParquet }), code("NotImplemented"));
    tally.add("configurations", 2);
  });

  test("every version is told with how it is encrypted, in a manifest whose digests hold", async () => {
    await s3.send(
      new PutBucketVersioningCommand({ Bucket: SOURCE, VersioningConfiguration: { Status: "Enabled" } }),
    );
    const expected: (readonly string[])[] = [];
    const schemes = [
      { status: "SSE-S3", bucketKey: "DISABLED", write: {} },
      {
        status: "SSE-KMS",
        bucketKey: "ENABLED",
        write: { ServerSideEncryption: "aws:kms", BucketKeyEnabled: true },
      },
      { status: "SSE-KMS", bucketKey: "DISABLED", write: { ServerSideEncryption: "aws:kms" } },
      { status: "DSSE-KMS", bucketKey: "DISABLED", write: { ServerSideEncryption: "aws:kms:dsse" } },
    ] as const;
    for (const [count, { status, bucketKey, write }] of schemes.entries()) {
      const Key = `k ${count}/ü`;
      const put = await s3.send(
        new PutObjectCommand({ Bucket: SOURCE, Key, Body: "x".repeat(count), ...write }),
      );
      const size = String(count);
      expected.push([encodeURIComponent(Key), put.VersionId ?? "", "true", "false", size, status, bucketKey]);
    }
    const { VersionId = "" } = await s3.send(new DeleteObjectCommand({ Bucket: SOURCE, Key: "gone" }));
    expected.push(["gone", VersionId, "true", "true", "", "", ""]);
    await configure();
    let manifests: readonly string[] = [];
    for (const endMs = Date.now() + WAIT_MS; manifests.length === 0 && Date.now() < endMs; ) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      manifests = (await listed()).filter((key) => key.endsWith("/manifest.checksum"));
    }
    const [checksum = ""] = manifests;
    assert.match(checksum, /^of\/counted\/all\/\d{4}-\d\d-\d\dT\d\d-\d\dZ\/manifest\.checksum$/);
    const text = await read(checksum.replace("checksum", "json"));
    assert.equal((await read(checksum)).toString(), createHash("md5").update(text).digest("hex"));
    const manifest = JSON.parse(text.toString());
    assert.equal(
      manifest.fileSchema,
      "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, ETag, EncryptionStatus, BucketKeyStatus, ChecksumAlgorithm, ObjectOwner",
    );
    const [file] = manifest.files;
    const zipped = await read(file.key);
    assert.equal(file.size, zipped.length);
    assert.equal(file.MD5checksum, createHash("md5").update(zipped).digest("hex"));
    const rows = gunzipSync(zipped)
      .toString()
      .trimEnd()
      .split("\n")
      .map((line) => line.slice(1, -1).split('","'));
    const told = rows.map(
      ([bucket, key = "", id = "", latest = "", marker = "", size = "", , status = "", bucketKey = ""]) => {
        assert.equal(bucket, SOURCE);
        return [key, id, latest, marker, size, status, bucketKey];
      },
    );
    assert.deepEqual(told.toSorted(), expected.toSorted());
    tally.add("rows compared", rows.length);
  });
});
