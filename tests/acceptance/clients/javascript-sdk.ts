import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { lookup } from "node:dns";
import { Agent } from "node:https";
import { Readable } from "node:stream";
import {
  ChecksumAlgorithm,
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { ODD_OBJECT_KEYS } from "../../fixtures/object-keys.ts";
import { bytesOf, streamOf } from "../../harness/test-bytes.ts";
import { type ClientWorkbench, fetchUrl, MULTIPART_BYTES, virtualHostEndpoint } from "./client-workbench.ts";

/** put, get, list, copy, multipart, presign, versions, delete with the AWS SDK for JavaScript v3. */
export async function useJavascriptSdk(bench: ClientWorkbench, style: "path" | "virtual"): Promise<void> {
  const { environment } = bench.server;
  const agent = new Agent({ ca: environment.ca, keepAlive: true, lookup: lookupLocalhost });
  const s3 = new S3Client({
    endpoint: style === "path" ? environment.endpoint : virtualHostEndpoint(bench),
    region: environment.region,
    credentials: environment.credentials,
    forcePathStyle: style === "path",
    maxAttempts: 1,
    requestHandler: { httpsAgent: agent },
  });
  const session = new SdkSession(s3, `javascript-${style}`, bench);
  await s3.send(new CreateBucketCommand({ Bucket: session.bucket }));
  await session.putAndGet();
  await session.multipart();
  await session.oddKeys();
  if (style === "path") await session.presign();
  await session.versions();
  await session.removeAll();
  s3.destroy();
}

/** Names below localhost are this machine, as browsers have it. */
const lookupLocalhost: typeof lookup = ((hostname: string, options: object, callback: never) =>
  lookup(/(^|\.)localhost$/.test(hostname) ? "localhost" : hostname, options, callback)) as typeof lookup;

class SdkSession {
  readonly bucket: string;
  readonly #s3: S3Client;
  readonly #bench: ClientWorkbench;

  constructor(s3: S3Client, bucket: string, bench: ClientWorkbench) {
    this.#s3 = s3;
    this.bucket = bucket;
    this.#bench = bench;
  }

  async #get(Key: string, more: { Range?: string; VersionId?: string } = {}): Promise<Buffer> {
    const got = await this.#s3.send(
      new GetObjectCommand({ Bucket: this.bucket, Key, ChecksumMode: "ENABLED", ...more }),
    );
    return Buffer.from((await got.Body?.transformToByteArray()) ?? []);
  }

  async putAndGet(): Promise<void> {
    for (const algorithm of Object.values(ChecksumAlgorithm).slice(0, 5)) {
      const Body = bytesOf(algorithm, 70_000);
      const target = { Bucket: this.bucket, Key: `sums/${algorithm}` };
      await this.#s3.send(new PutObjectCommand({ ...target, Body, ChecksumAlgorithm: algorithm }));
      assert.deepEqual(await this.#get(target.Key), Body);
      assert.deepEqual(
        await this.#get(target.Key, { Range: "bytes=65530-65540" }),
        Body.subarray(65_530, 65_541),
      );
      this.#bench.tally.add("JavaScript SDK checksums");
    }
    // A stream goes out as aws-chunked with the checksum in the trailer.
    const Body = Readable.from(streamOf("stream", 1_000_000, 65_536));
    await this.#s3.send(
      new PutObjectCommand({ Bucket: this.bucket, Key: "streamed", Body, ContentLength: 1_000_000 }),
    );
    assert.deepEqual(await this.#get("streamed"), bytesOf("stream", 1_000_000));
    const CopySource = `${this.bucket}/streamed`;
    await this.#s3.send(new CopyObjectCommand({ Bucket: this.bucket, Key: "copied", CopySource }));
    const head = await this.#s3.send(new HeadObjectCommand({ Bucket: this.bucket, Key: "copied" }));
    assert.equal(head.ContentLength, 1_000_000);
    assert.equal(head.ServerSideEncryption, "AES256");
    this.#bench.tally.add("JavaScript SDK steps", 3);
  }

  async multipart(): Promise<void> {
    const params = {
      Bucket: this.bucket,
      Key: "multipart",
      Body: Readable.from(streamOf("multipart", MULTIPART_BYTES)),
    };
    await new Upload({ client: this.#s3, params, partSize: 8 << 20, queueSize: 3 }).done();
    const sha256 = createHash("sha256")
      .update(await this.#get("multipart"))
      .digest("hex");
    assert.equal(sha256, createHash("sha256").update(bytesOf("multipart", MULTIPART_BYTES)).digest("hex"));
    this.#bench.tally.add("JavaScript SDK multipart bytes", MULTIPART_BYTES);
  }

  async oddKeys(): Promise<void> {
    const written = new Set<string>();
    for (const { why, objectKey } of ODD_OBJECT_KEYS) {
      const Body = Buffer.from(why);
      await this.#s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: objectKey, Body }));
      assert.deepEqual(await this.#get(objectKey), Body, why);
      written.add(encodeURIComponent(objectKey));
    }
    const pages = paginateListObjectsV2(
      { client: this.#s3, pageSize: 7 },
      { Bucket: this.bucket, EncodingType: "url" },
    );
    for await (const page of pages)
      for (const entry of page.Contents ?? [])
        written.delete(encodeURIComponent(decodeURIComponent((entry.Key ?? "").replaceAll("+", " "))));
    assert.deepEqual([...written], []);
    this.#bench.tally.add("JavaScript SDK odd keys", ODD_OBJECT_KEYS.length);
  }

  async presign(): Promise<void> {
    const command = new GetObjectCommand({ Bucket: this.bucket, Key: "streamed" });
    const url = await getSignedUrl(this.#s3, command, { expiresIn: 60 });
    const fetched = await fetchUrl(this.#bench, url);
    assert.equal(fetched.status, 200);
    assert.deepEqual(fetched.body, bytesOf("stream", 1_000_000));
    const forged = await fetchUrl(this.#bench, url.replace("streamed", "multipart"));
    assert.equal(forged.status, 403);
    this.#bench.tally.add("JavaScript SDK presigned URLs", 2);
  }

  async versions(): Promise<void> {
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await this.#s3.send(new PutBucketVersioningCommand({ Bucket: this.bucket, VersioningConfiguration }));
    const put = (Body: string) =>
      this.#s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: "v", Body }));
    const first = await put("1");
    await put("2");
    assert.equal((await this.#get("v")).toString(), "2");
    assert.equal((await this.#get("v", { VersionId: first.VersionId ?? "" })).toString(), "1");
    this.#bench.tally.add("JavaScript SDK versions", 2);
  }

  async removeAll(): Promise<void> {
    const listed = await this.#s3.send(
      new ListObjectVersionsCommand({ Bucket: this.bucket, EncodingType: "url" }),
    );
    const all = (listed.Versions ?? []).map((entry) => ({
      Key: decodeURIComponent((entry.Key ?? "").replaceAll("+", " ")),
      VersionId: entry.VersionId ?? "",
    }));
    // Control characters are no XML 1.0 text: those keys are deleted one by one.
    const plain = all.filter(({ Key }) => !/[\u0000-\u001f\u007f]/.test(Key));
    const deleted = await this.#s3.send(
      new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects: plain } }),
    );
    assert.deepEqual(deleted.Errors ?? [], []);
    for (const entry of all.filter((candidate) => !plain.includes(candidate)))
      await this.#s3.send(new DeleteObjectCommand({ Bucket: this.bucket, ...entry }));
    await this.#s3.send(new DeleteBucketCommand({ Bucket: this.bucket }));
    this.#bench.tally.add("JavaScript SDK deleted versions", all.length);
  }
}
