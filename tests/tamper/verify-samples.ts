import assert from "node:assert/strict";
import { callKms, kmsFields } from "../harness/kms-client.ts";
import { SCHEMES, type Scheme, schemeHeaders } from "../harness/schemes.ts";
import { bytesOf } from "../harness/test-bytes.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { xmlTexts } from "../harness/wire-client.ts";
import { blobFiles } from "./mutations.ts";

/** An object, or a part of one or of an upload, whose bytes lie in a file of their own. */
export interface BlobSample {
  readonly file: string;
  readonly objectKey: string;
  readonly partNumber: number | null;
  readonly scheme: string;
}

export interface VerifySamples {
  readonly server: TestServer;
  readonly kmsKeyArn: string;
  readonly blobs: readonly BlobSample[];
  /** Sealed bodies in all, by scheme. */
  readonly bodies: ReadonlyMap<string, number>;
}

const BUCKET = "verified";
const LARGE_BYTES = 204_800;

/** Under every scheme: an empty, a small and a large object, two versions, an object of parts and an upload in progress. */
export async function makeVerifySamples(): Promise<VerifySamples> {
  const server = await startTestServer("verify", { moreArguments: ["--new-buckets-block-sse-c", "no"] });
  try {
    return await fill(server);
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function fill(server: TestServer): Promise<VerifySamples> {
  await server.makeBucket(BUCKET);
  const versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  await put(server, { query: { versioning: "" }, body: Buffer.from(versioning) });
  const { KeyMetadata: made } = kmsFields(await callKms(server.client, "CreateKey"));
  assert.ok(typeof made === "object" && made !== null && "Arn" in made);
  const kmsKeyArn = String(made.Arn);
  const writer = new SampleWriter(server, kmsKeyArn);
  for (const scheme of SCHEMES) await writer.writeAll(scheme);
  return { server, kmsKeyArn, blobs: writer.blobs, bodies: writer.bodies };
}

interface Request {
  readonly method?: string;
  readonly objectKey?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

async function put(server: TestServer, request: Request) {
  const answer = await server.client.request({ method: "PUT", bucket: BUCKET, ...request });
  assert.equal(answer.status, 200, `${request.objectKey}: ${answer.body}`);
  return answer;
}

class SampleWriter {
  readonly blobs: BlobSample[] = [];
  readonly bodies = new Map<string, number>();
  readonly #server: TestServer;
  readonly #kmsKeyArn: string;

  constructor(server: TestServer, kmsKeyArn: string) {
    this.#server = server;
    this.#kmsKeyArn = kmsKeyArn;
  }

  async writeAll(scheme: Scheme): Promise<void> {
    const headers = schemeHeaders(scheme, this.#kmsKeyArn);
    for (const [objectKey, sizeBytes] of [
      ["empty", 0],
      ["small", 1000],
      ["large", LARGE_BYTES],
      ["large", LARGE_BYTES],
    ] as const) {
      const name = `${scheme}/${objectKey}`;
      const body = bytesOf(`${name}/${this.blobs.length}`, sizeBytes);
      await this.#note(scheme, name, null, () => put(this.#server, { objectKey: name, headers, body }));
    }
    for (const objectKey of [`${scheme}/parts`, `${scheme}/open`]) await this.#writeParts(scheme, objectKey);
  }

  async #writeParts(scheme: Scheme, objectKey: string): Promise<void> {
    const headers = schemeHeaders(scheme, this.#kmsKeyArn);
    const { client } = this.#server;
    const address = { bucket: BUCKET, objectKey };
    const created = await client.request({ method: "POST", ...address, query: { uploads: "" }, headers });
    const uploadId = xmlTexts(created.body, "UploadId")[0] ?? "";
    let list = "";
    for (const [partNumber, sizeBytes] of [
      [1, 5 << 20],
      [2, LARGE_BYTES],
    ] as const) {
      const query = { partNumber: String(partNumber), uploadId };
      const body = bytesOf(`${objectKey}/${partNumber}`, sizeBytes);
      const sent = scheme === "sse-c" ? headers : {};
      const etag = await this.#note(scheme, objectKey, partNumber, async () => {
        const answer = await put(this.#server, { objectKey, query, headers: sent, body });
        return String(answer.headers.etag);
      });
      list += `<Part><PartNumber>${partNumber}</PartNumber><ETag>${etag}</ETag></Part>`;
    }
    if (objectKey.endsWith("/open")) return;
    const body = Buffer.from(`<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`);
    const completed = await client.request({ method: "POST", ...address, query: { uploadId }, body });
    assert.equal(completed.status, 200, String(completed.body));
  }

  /** What file a write made: none, where its bytes lie in the index. */
  async #note<Result>(
    scheme: Scheme,
    objectKey: string,
    partNumber: number | null,
    write: () => Promise<Result>,
  ): Promise<Result> {
    const { dataDir } = this.#server.folder;
    const before = new Set(blobFiles(dataDir).map(({ file }) => file));
    const result = await write();
    const reported = scheme === "bucket-key" ? "sse-kms" : scheme;
    this.bodies.set(reported, (this.bodies.get(reported) ?? 0) + 1);
    for (const { file } of blobFiles(dataDir)) {
      if (!before.has(file)) this.blobs.push({ file, objectKey, partNumber, scheme: reported });
    }
    return result;
  }
}
