import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { callKms, kmsFields } from "../harness/kms-client.ts";
import {
  copySourceKeyHeaders,
  type Headers,
  readingHeaders,
  SCHEMES,
  type Scheme,
  schemeHeaders,
} from "../harness/schemes.ts";
import { encodeKeyPath } from "../harness/sigv4-signer.ts";
import { runStrongroom } from "../harness/strongroom-process.ts";
import { bytesOf } from "../harness/test-bytes.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { type WireRequest, type WireResponse, xmlTexts } from "../harness/wire-client.ts";
import { blobFiles } from "./mutations.ts";
import type { Sample } from "./sealed-samples.ts";

/** Lies in the index; and a blob of two whole chunks and a short one. */
const INLINE_BYTES = 150;
export const BLOB_BYTES = 132_000;

/** An object that was written one way under one scheme. */
export interface LayoutSample extends Sample {
  readonly scheme: Scheme;
  /** How it came to be. */
  readonly layout: string;
  /** null: in the index. */
  readonly file: string | null;
}

export interface LayoutFolder {
  readonly server: TestServer;
  readonly samples: readonly LayoutSample[];
}

const PLAIN = "layouts";
const VERSIONED = "versioned-layouts";

/**
 * Small and large objects under every scheme: put, posted in parts, of a copied part, copied, moved to another key by
 * UpdateObjectEncryption and by the re-wrap jobs, and two versions of one key.
 */
export async function makeLayoutSamples(): Promise<LayoutFolder> {
  const server = await startTestServer("layouts", { moreArguments: ["--new-buckets-block-sse-c", "no"] });
  try {
    const writer = await LayoutWriter.start(server);
    await writer.writeAll();
    return { server, samples: writer.samples };
  } catch (error) {
    await server.close();
    throw error;
  }
}

class LayoutWriter {
  readonly samples: LayoutSample[] = [];
  readonly #server: TestServer;
  readonly #keyArns: readonly string[];

  private constructor(server: TestServer, keyArns: readonly string[]) {
    this.#server = server;
    this.#keyArns = keyArns;
  }

  static async start(server: TestServer): Promise<LayoutWriter> {
    const keyArns: string[] = [];
    for (let key = 0; key < 2; key++) {
      const made = kmsFields(await callKms(server.client, "CreateKey"));
      keyArns.push(String(Reflect.get(Object(made["KeyMetadata"]), "Arn")));
    }
    await server.makeBucket(PLAIN);
    await server.makeBucket(VERSIONED);
    const writer = new LayoutWriter(server, keyArns);
    const enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    const query = { versioning: "" };
    await writer.#send({ method: "PUT", bucket: VERSIONED, query, body: Buffer.from(enabled) });
    return writer;
  }

  async writeAll(): Promise<void> {
    const sizes = [INLINE_BYTES, BLOB_BYTES];
    for (const sizeBytes of sizes)
      for (const scheme of SCHEMES)
        if (scheme !== "sse-c")
          await this.#write({ scheme, layout: "wrapped anew", sizeBytes }, this.#put(0));
    await this.#wrapAnew();
    for (const sizeBytes of sizes) {
      const source = await this.#write(
        { scheme: "sse-c", layout: "source of copies", sizeBytes },
        this.#put(),
      );
      for (const scheme of SCHEMES) {
        const under = { scheme, sizeBytes };
        await this.#write({ ...under, layout: "put" }, this.#put());
        await this.#write({ ...under, layout: "of a part" }, this.#ofParts(null));
        await this.#write({ ...under, layout: "of a copied part", seed: source.seed }, this.#ofParts(source));
        await this.#write({ ...under, layout: "copied", seed: source.seed }, this.#copy(source));
        if (scheme === "sse-kms" || scheme === "bucket-key")
          await this.#write({ ...under, layout: "updated" }, this.#putAndUpdate());
        for (const seed of ["first", "second"])
          await this.#write(
            { ...under, layout: "versions", seed: `${seed} ${sizeBytes} ${scheme}` },
            this.#put(),
          );
      }
    }
  }

  /** Writes one sample, and notes what file its bytes lie in, and its version. */
  async #write(
    wanted: Wanted,
    write: (address: Address, wanted: Wanted, body: Buffer) => Promise<WireResponse>,
  ) {
    const { scheme, layout, sizeBytes } = wanted;
    const bucket = layout === "versions" ? VERSIONED : PLAIN;
    const objectKey = `${scheme}/${layout}/${sizeBytes}`;
    const seed = wanted.seed ?? objectKey;
    const { dataDir } = this.#server.folder;
    const before = new Set(blobFiles(dataDir).map(({ file }) => file));
    const response = await write({ bucket, objectKey }, wanted, bytesOf(seed, sizeBytes));
    const made = blobFiles(dataDir).filter(({ file }) => !before.has(file));
    assert.equal(made.length, sizeBytes === BLOB_BYTES ? 1 : 0, objectKey);
    const versionId = response.headers["x-amz-version-id"]?.toString();
    const place = { bucket, objectKey, ...(versionId === undefined ? {} : { versionId }) };
    const sample: LayoutSample = { ...place, scheme, layout, sizeBytes, seed, file: made[0]?.file ?? null };
    this.samples.push(sample);
    return sample;
  }

  /** What is under SSE-S3 goes under a new master key, and what is under the first KMS key under the second. */
  async #wrapAnew(): Promise<void> {
    const { dataDir, rootKeyFile } = this.#server.folder;
    const [from = "", to = ""] = this.#keyArns;
    const flags = ["--watch", "--data-dir", dataDir, "--root-key-file", rootKeyFile];
    await runStrongroom(["keys", "rotate", ...flags], undefined, 120_000);
    await runStrongroom(["keys", "rewrap", "--kms-key", from, "--to-key", to, ...flags], undefined, 120_000);
    for (const { bucket, objectKey, scheme } of this.samples) {
      const { headers } = await this.#send({ method: "HEAD", bucket, objectKey });
      assert.equal(headers[KEY_ID], scheme === "sse-s3" ? undefined : to, objectKey);
    }
  }

  #headers(scheme: Scheme, key = 1): Headers {
    return schemeHeaders(scheme, this.#keyArns[key] ?? "");
  }

  readonly #put =
    (key = 1) =>
    (address: Address, { scheme }: Wanted, body: Buffer): Promise<WireResponse> =>
      this.#send({ method: "PUT", ...address, headers: this.#headers(scheme, key), body });

  readonly #copy =
    (source: LayoutSample) =>
    (address: Address, { scheme }: Wanted): Promise<WireResponse> =>
      this.#send({
        method: "PUT",
        ...address,
        headers: { ...this.#headers(scheme), ...sourceHeaders(source) },
      });

  /** Under SSE-S3 first, and then moved to a KMS key. */
  readonly #putAndUpdate =
    () =>
    async (address: Address, { scheme }: Wanted, body: Buffer) => {
      const put = await this.#send({ method: "PUT", ...address, body });
      const bucketKey = scheme === "bucket-key";
      const text = `<ObjectEncryption><SSE-KMS><KMSKeyArn>${this.#keyArns[1]}</KMSKeyArn><BucketKeyEnabled>${bucketKey}</BucketKeyEnabled></SSE-KMS></ObjectEncryption>`;
      const headers = { "content-md5": createHash("md5").update(text).digest("base64") };
      const request = {
        method: "PUT",
        ...address,
        query: { encryption: "" },
        headers,
        body: Buffer.from(text),
      };
      await this.#send(request);
      return put;
    };

  /** Of one part, uploaded or copied. */
  readonly #ofParts =
    (source: LayoutSample | null) =>
    async (address: Address, { scheme }: Wanted, body: Buffer): Promise<WireResponse> => {
      const creation = { query: { uploads: "" }, headers: this.#headers(scheme) };
      const created = await this.#send({ method: "POST", ...address, ...creation });
      const uploadId = xmlTexts(created.body, "UploadId")[0] ?? "";
      const part = { method: "PUT", ...address, query: { partNumber: "1", uploadId } };
      const keys = readingHeaders(scheme);
      const sent =
        source === null
          ? await this.#send({ ...part, headers: keys, body })
          : await this.#send({ ...part, headers: { ...keys, ...sourceHeaders(source) } });
      const etag = sent.headers.etag ?? xmlTexts(sent.body, "ETag")[0] ?? "";
      const list = `<Part><PartNumber>1</PartNumber><ETag>${etag.replaceAll('"', "&quot;")}</ETag></Part>`;
      const document = Buffer.from(`<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`);
      return this.#send({ method: "POST", ...address, query: { uploadId }, body: document });
    };

  async #send(request: WireRequest): Promise<WireResponse> {
    const response = await this.#server.client.request(request);
    assert.equal(response.status, 200, `${request.method} ${request.objectKey}: ${response.body}`);
    return response;
  }
}

interface Wanted {
  readonly scheme: Scheme;
  readonly layout: string;
  readonly sizeBytes: number;
  /** Of the bytes; default: a name of its own. */
  readonly seed?: string;
}

type Address = Pick<Sample, "bucket" | "objectKey">;

const KEY_ID = "x-amz-server-side-encryption-aws-kms-key-id";

const sourceHeaders = ({ bucket, objectKey, scheme }: LayoutSample): Headers => ({
  "x-amz-copy-source": `/${bucket}/${encodeKeyPath(objectKey)}`,
  ...copySourceKeyHeaders(scheme),
});
