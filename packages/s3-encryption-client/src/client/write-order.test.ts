import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { suite, test } from "node:test";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { MemoryS3 } from "../testing/memory-s3.ts";
import { read, sampleClient, TARGET } from "../testing/sample-client.ts";
import type { S3EncryptionClient } from "./s3-encryption-client.ts";
import { Upload } from "./upload.ts";

const MIB = 1024 * 1024;

/** An object that is there already, with its instruction file. */
async function withOldObject(options: object = {}): Promise<{ s3: MemoryS3; client: S3EncryptionClient }> {
  const sample = sampleClient({ instructionFiles: { write: true }, ...options });
  await sample.client.send(new PutObjectCommand({ ...TARGET, Body: "old" }));
  return sample;
}

/** Every write of the object itself fails from now on; its instruction file's do not. */
function failObjects(s3: MemoryS3, status: number): void {
  const old = s3.object("bucket/key");
  s3.meddle = ({ method, target }, response) => {
    const isObject = method !== "GET" && method !== "HEAD" && target.startsWith("bucket/key?");
    if (!isObject) return undefined;
    s3.objects.set("bucket/key", old);
    return { ...response, statusCode: status };
  };
}

suite("what fails leaves the old object with its own keys", () => {
  const body = (text: string) => Readable.from([Buffer.from(text)]);
  const failing: Readonly<Record<string, (client: S3EncryptionClient, s3: MemoryS3) => Promise<unknown>>> = {
    "a PUT whose condition does not hold": (client, s3) => {
      failObjects(s3, 412);
      return client.send(new PutObjectCommand({ ...TARGET, Body: "new", IfNoneMatch: "*" }));
    },
    "a PUT whose stream breaks off": (client) => {
      const broken = Readable.from(
        (async function* () {
          yield Buffer.from("x");
          throw new Error("disk");
        })(),
      );
      return client.send(new PutObjectCommand({ ...TARGET, Body: broken, ContentLength: 5000 }));
    },
    "an Upload whose condition does not hold": (client, s3) => {
      failObjects(s3, 412);
      return new Upload({ client, params: { ...TARGET, Body: body("new"), IfNoneMatch: "*" } }).done();
    },
    "an Upload whose second part fails": (client, s3) => {
      s3.meddle = ({ target }, response) =>
        target.includes("partNumber=2") ? { ...response, statusCode: 403 } : undefined;
      return new Upload({
        client,
        params: { ...TARGET, Body: Readable.from([Buffer.alloc(6 * MIB)]) },
      }).done();
    },
    "a copy whose condition does not hold": async (client, s3) => {
      await client.send(new PutObjectCommand({ ...TARGET, Key: "other", Body: "other" }));
      failObjects(s3, 412);
      return client.send(
        new CopyObjectCommand({ ...TARGET, CopySource: "bucket/other", CopySourceIfMatch: "x" }),
      );
    },
  };
  for (const [what, run] of Object.entries(failing)) {
    test(what, async () => {
      const { s3, client } = await withOldObject({ bufferSizeBytes: 4096 });
      await assert.rejects(run(client, s3));
      s3.meddle = () => undefined;
      assert.equal(await read(client), "old");
    });
  }

  test("an aborted multipart upload", async () => {
    const { client } = await withOldObject();
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(TARGET));
    await client.send(new UploadPartCommand({ ...TARGET, UploadId, PartNumber: 1, Body: "new" }));
    await client.send(new AbortMultipartUploadCommand({ ...TARGET, UploadId }));
    assert.equal(await read(client), "old");
  });
});

suite("what succeeds can be read", () => {
  test("conditional and streamed PUTs, an upload by hand, and an Upload", async () => {
    const { client } = await withOldObject({ bufferSizeBytes: 4096 });
    await client.send(new PutObjectCommand({ ...TARGET, Body: "conditional", IfMatch: "x" }));
    assert.equal(await read(client), "conditional");
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(TARGET));
    await client.send(new UploadPartCommand({ ...TARGET, UploadId, PartNumber: 1, Body: "by hand" }), {
      isLastPart: true,
    });
    assert.equal(await read(client), "conditional");
    await client.send(new CompleteMultipartUploadCommand({ ...TARGET, UploadId }));
    assert.equal(await read(client), "by hand");
    await new Upload({ client, params: { ...TARGET, Body: "at once" } }).done();
    assert.equal(await read(client), "at once");
    const large = Readable.from([Buffer.alloc(6 * MIB)]);
    await new Upload({ client, params: { ...TARGET, Key: "large", Body: large } }).done();
  });
});
