import assert from "node:assert/strict";
import type { Scheme } from "../harness/schemes.ts";
import { bytesOf } from "../harness/test-bytes.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { xmlTexts } from "../harness/wire-client.ts";

/** An object as it must read back, or not at all. */
export interface Sample {
  readonly bucket: string;
  readonly objectKey: string;
  readonly versionId?: string;
  readonly seed: string;
  readonly sizeBytes: number;
  /** SSE-S3 when it is not said. */
  readonly scheme?: Scheme;
}

/** A stopped server's folder with known objects in it. */
export interface SampleFolder {
  readonly server: TestServer;
  readonly samples: readonly Sample[];
}

const BUCKET = "samples";
const VERSIONED = "versioned-samples";

/** Two small and two large objects, two versions of each, an upload of two parts, and an empty object. */
export async function makeSamples(kind: "one small" | "all"): Promise<SampleFolder> {
  const server = await startTestServer("tamper");
  const samples: Sample[] = [];
  const put = async (bucket: string, objectKey: string, sizeBytes: number): Promise<void> => {
    const seed = `${bucket}/${objectKey}/${samples.length}`;
    const body = bytesOf(seed, sizeBytes);
    const response = await server.client.request({ method: "PUT", bucket, objectKey, body });
    assert.equal(response.status, 200, String(response.body));
    const versionId = response.headers["x-amz-version-id"];
    samples.push({
      bucket,
      objectKey,
      seed,
      sizeBytes,
      ...(typeof versionId === "string" ? { versionId } : {}),
    });
  };
  await server.makeBucket(BUCKET);
  await put(BUCKET, "small-a", 1024);
  if (kind === "all") {
    await put(BUCKET, "small-b", 1024);
    await put(BUCKET, "large-a", 204_800);
    await put(BUCKET, "large-b", 204_800);
    await put(BUCKET, "empty", 0);
    samples.push(await putParts(server));
    await server.makeBucket(VERSIONED);
    const enabled = Buffer.from(
      "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
    );
    await server.client.request({
      method: "PUT",
      bucket: VERSIONED,
      query: { versioning: "" },
      body: enabled,
    });
    for (const sizeBytes of [1024, 1024, 204_800, 204_800])
      await put(VERSIONED, `key-${sizeBytes}`, sizeBytes);
  }
  // LMDB keeps its last two states: whatever makes it take the one before must still find every sample.
  for (const last of ["1", "2"]) {
    const response = await server.client.request({
      method: "PUT",
      bucket: BUCKET,
      objectKey: "last",
      body: Buffer.from(last),
    });
    assert.equal(response.status, 200);
  }
  return { server, samples };
}

async function putParts(server: TestServer): Promise<Sample> {
  const { client } = server;
  const address = { bucket: BUCKET, objectKey: "parts" };
  const seed = "parts";
  const body = bytesOf(seed, (5 << 20) + 204_800);
  const created = await client.request({ method: "POST", ...address, query: { uploads: "" } });
  const uploadId = xmlTexts(created.body, "UploadId")[0] ?? "";
  const pieces = [body.subarray(0, 5 << 20), body.subarray(5 << 20)];
  let list = "";
  for (const [index, piece] of pieces.entries()) {
    const query = { partNumber: String(index + 1), uploadId };
    const part = await client.request({ method: "PUT", ...address, query, body: piece });
    list += `<Part><PartNumber>${index + 1}</PartNumber><ETag>${part.headers.etag}</ETag></Part>`;
  }
  const document = Buffer.from(`<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`);
  const completed = await client.request({ method: "POST", ...address, query: { uploadId }, body: document });
  assert.equal(completed.status, 200, String(completed.body));
  return { ...address, seed, sizeBytes: body.length };
}
