import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { crc32 } from "node:zlib";
import { GetObjectCommand, PutObjectCommand, type S3ClientConfig } from "@aws-sdk/client-s3";
import { AesKeyring } from "../keyrings/aes-keyring.ts";
import { MemoryS3, type SeenRequest } from "../testing/memory-s3.ts";
import type { S3EncryptionClientOptions } from "./client-options.ts";
import { S3EncryptionClient } from "./s3-encryption-client.ts";
import { Upload } from "./upload.ts";

const keyring = new AesKeyring({ key: new Uint8Array(32).fill(7) });
const TARGET = { Bucket: "bucket", Key: "key" };
const PIECE = 512 * 1024;
/** Around the borders of pieces, where the tag has to find its place. */
const SIZES = [131_056, PIECE - 17, PIECE - 16, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 100_000];

function clientOf(
  s3: MemoryS3,
  settings: S3ClientConfig = {},
  options: Partial<S3EncryptionClientOptions> = {},
) {
  return new S3EncryptionClient({ client: s3.client({ overTls: true, ...settings }), keyring, ...options });
}

function bytesOf(size: number): Uint8Array {
  return new Uint8Array(size).map((_, at) => (at * 31) ^ (at >> 8));
}

function lastPut({ requests }: MemoryS3): SeenRequest {
  const found = requests.findLast(({ method }) => method === "PUT");
  if (found === undefined) throw new Error("nothing was put");
  return found;
}

function assertChunked({ headers, sent, body }: SeenRequest): void {
  assert.equal(headers["x-amz-content-sha256"], "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  assert.equal(headers["x-amz-trailer"], "x-amz-checksum-crc32");
  assert.equal(headers["x-amz-decoded-content-length"], String(body.length));
  assert.equal(headers["content-length"], String(sent.length), "every byte of the coding is announced");
  assert.equal(headers["x-amz-checksum-crc32"], undefined, "the sum is behind the body, and nowhere else");
  assert.match(headers["authorization"] ?? "", /SignedHeaders=[^,]*x-amz-content-sha256[^,]*x-amz-trailer/);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  const end = `\r\n0\r\nx-amz-checksum-crc32:${sum.toString("base64")}\r\n\r\n`;
  assert.equal(sent.subarray(-end.length).toString("latin1"), end);
}

suite("over TLS, what is held leaves in pieces with its checksum behind it", () => {
  for (const size of SIZES) {
    test(`${size} bytes`, async () => {
      const s3 = new MemoryS3();
      const client = clientOf(s3);
      const Body = bytesOf(size);
      const put = await client.send(new PutObjectCommand({ ...TARGET, Body }));
      assert.equal(put.Encryption.ciphertextBytes, size + 16);
      assertChunked(lastPut(s3));
      const got = await client.send(new GetObjectCommand(TARGET));
      assert.deepEqual(await got.Body?.transformToByteArray(), Body);
    });
  }

  test("every chunk but the last has the 8 KiB that S3 wants", async () => {
    const s3 = new MemoryS3();
    await clientOf(s3).send(new PutObjectCommand({ ...TARGET, Body: bytesOf(2 * PIECE + 1) }));
    const { sent } = lastPut(s3);
    const sizes: number[] = [];
    for (let at = 0; ; ) {
      const lineEnd = sent.indexOf("\r\n", at);
      const size = Number.parseInt(sent.subarray(at, lineEnd).toString("latin1"), 16);
      if (size === 0) break;
      sizes.push(size);
      at = lineEnd + 2 + size + 2;
    }
    assert.deepEqual(sizes, [PIECE, PIECE, 17]);
  });

  test("a retry sends the very same bytes, whatever became of the caller's", async () => {
    const s3 = new MemoryS3();
    const Body = bytesOf(2 * PIECE);
    let failures = 2;
    s3.meddle = ({ method }, response) => {
      if (method !== "PUT" || failures-- <= 0) return undefined;
      Body.fill(failures);
      return { ...response, statusCode: 503 };
    };
    await clientOf(s3).send(new PutObjectCommand({ ...TARGET, Body }));
    const [first, ...others] = s3.requests.filter(({ method }) => method === "PUT");
    assert.equal(others.length, 2);
    for (const other of others) assert.ok(first?.sent.equals(other.sent));
  });

  test("a content encoding of the caller's stays", async () => {
    const s3 = new MemoryS3();
    await clientOf(s3).send(
      new PutObjectCommand({ ...TARGET, Body: bytesOf(PIECE), ContentEncoding: "gzip" }),
    );
    assert.equal(lastPut(s3).headers["content-encoding"], "gzip,aws-chunked");
  });

  test("a stream of known length, and the parts of an Upload", async () => {
    const s3 = new MemoryS3();
    const client = clientOf(s3);
    const Body = new Blob([Buffer.from(bytesOf(PIECE))]).stream();
    await client.send(new PutObjectCommand({ ...TARGET, Body, ContentLength: PIECE }));
    assertChunked(lastPut(s3));
    await new Upload({ client, params: { ...TARGET, Body: bytesOf(11 << 20) } }).done();
    const parts = s3.requests.filter(({ target }) => target.includes("partNumber"));
    assert.equal(parts.length, 3);
    for (const part of parts) assertChunked(part);
    const got = await client.send(new GetObjectCommand(TARGET));
    assert.deepEqual(await got.Body?.transformToByteArray(), bytesOf(11 << 20));
  });
});

suite("the SDK's signed body stays", () => {
  const CASES: Readonly<Record<string, [S3ClientConfig, Partial<S3EncryptionClientOptions>, object]>> = {
    "without TLS": [{ endpoint: "http://127.0.0.1:9" }, {}, {}],
    "with signPayloads": [{}, { signPayloads: true }, {}],
    "where the SDK sums nothing": [{ requestChecksumCalculation: "WHEN_REQUIRED" }, {}, {}],
    "with another checksum": [{}, {}, { ChecksumAlgorithm: "SHA256" }],
    "for what is small": [{}, {}, { Body: bytesOf(10) }],
  };
  for (const [name, [settings, options, input]] of Object.entries(CASES)) {
    test(name, async () => {
      const s3 = new MemoryS3();
      const client = clientOf(s3, settings, options);
      const Body = bytesOf(2 * PIECE + 5);
      await client.send(new PutObjectCommand({ ...TARGET, Body, ...input }));
      const { headers, sent, body } = lastPut(s3);
      assert.match(headers["x-amz-content-sha256"] ?? "", /^[0-9a-f]{64}$/);
      assert.equal(headers["content-length"], String(body.length));
      assert.ok(sent.equals(body));
      const got = await client.send(new GetObjectCommand(TARGET));
      assert.equal((await got.Body?.transformToByteArray())?.length, body.length - 16);
    });
  }
});
