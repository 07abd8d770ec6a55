import assert from "node:assert/strict";
import { request as httpsRequest } from "node:https";
import { digestsOf } from "../harness/plain-digests.ts";
import {
  type ChunkSigning,
  encodeKeyPath,
  frameChunks,
  presignQuery,
  printQuery,
  STREAMING_PAYLOAD,
  signHeaders,
} from "../harness/sigv4-signer.ts";
import type { Tally } from "../harness/tally.ts";
import {
  BrokenResponseError,
  type WireClient,
  type WireRequest,
  type WireResponse,
  xmlTexts,
} from "../harness/wire-client.ts";
import type { CanaryLedger } from "./canary-ledger.ts";

export interface CanaryTarget {
  readonly client: WireClient;
  readonly ledger: CanaryLedger;
  readonly tally: Tally;
  readonly bucket: string;
}

async function send(
  target: CanaryTarget,
  input: WireRequest,
  expected: readonly number[] = [200, 204],
): Promise<WireResponse> {
  const response = await target.client.request({ bucket: target.bucket, ...input });
  assert.ok(
    expected.includes(response.status),
    `${input.method} ${input.objectKey}: ${response.status} ${response.body}`,
  );
  target.tally.add("canary requests");
  return response;
}

/** Whole PUTs of every size, each with a word in every place a PUT has. */
export async function putEverywhere(target: CanaryTarget): Promise<string[]> {
  const { ledger } = target;
  const written: string[] = [];
  for (const sizeBytes of [1, 60, 4096, 65_536, 204_800]) {
    const name = `PUT of ${sizeBytes} bytes`;
    const objectKey = `${ledger.word(`prefix of ${name}`)}/${ledger.word(`object key of ${name}`)}`;
    const body = sizeBytes === 1 ? Buffer.from("Q") : ledger.body(name, sizeBytes);
    if (sizeBytes === 1) ledger.digests(name, body);
    const headers = {
      [`x-amz-meta-${ledger.word(`metadata name of ${name}`)}`]: ledger.word(`metadata value of ${name}`),
      "x-amz-tagging": `${ledger.word(`tag name of ${name}`)}=${ledger.word(`tag value of ${name}`)}`,
      "content-type": `text/${ledger.word(`content type of ${name}`)}`,
      "content-disposition": `attachment; filename="${ledger.word(`content disposition of ${name}`)}"`,
      "content-language": ledger.word(`content language of ${name}`),
      "content-encoding": ledger.word(`content encoding of ${name}`),
      "cache-control": ledger.word(`cache control of ${name}`),
      "user-agent": ledger.word(`user agent of ${name}`),
      "content-md5": digestsOf(body).MD5.toString("base64"),
    };
    const response = await send(target, { method: "PUT", objectKey, headers, body });
    ledger.etag(name, response.headers.etag);
    written.push(objectKey);
  }
  return written;
}

/** Each algorithm in a header, and each streaming framing with a trailer. */
export async function putWithChecksums(target: CanaryTarget): Promise<void> {
  const { ledger } = target;
  for (const algorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const) {
    const body = ledger.body(`checksum ${algorithm}`, 5000);
    const headers = {
      [`x-amz-checksum-${algorithm.toLowerCase()}`]: digestsOf(body)[algorithm].toString("base64"),
    };
    await send(target, { method: "PUT", objectKey: ledger.word("object key"), headers, body });
  }
  for (const kind of ["signed", "signed-trailer", "unsigned-trailer"] as const)
    for (const sizeBytes of [3000, 150_000]) {
      const body = ledger.body(`aws-chunked ${kind}`, sizeBytes);
      const status = await putChunked(target, kind, ledger.word("object key"), body);
      assert.equal(status, 200, `aws-chunked ${kind}`);
      target.tally.add("canary requests");
    }
}

/** One `aws-chunked` PUT; the answer's status. */
export async function putChunked(
  target: CanaryTarget,
  kind: ChunkSigning,
  objectKey: string,
  body: Buffer,
): Promise<number> {
  const url = new URL(target.client.target.endpoint);
  const path = `/${target.bucket}/${encodeKeyPath(objectKey)}`;
  const chunks = [body.subarray(0, 65_536), body.subarray(65_536)].filter((chunk) => chunk.length > 0);
  const trailer: Record<string, string> =
    kind === "signed" ? {} : { "x-amz-checksum-crc32c": digestsOf(body).CRC32C.toString("base64") };
  const { headers, signing } = signHeaders({
    method: "PUT",
    path,
    query: [],
    headers: {
      host: url.host,
      "content-encoding": "aws-chunked",
      "x-amz-decoded-content-length": String(body.length),
      ...(kind === "signed" ? {} : { "x-amz-trailer": "x-amz-checksum-crc32c" }),
    },
    payloadHash: STREAMING_PAYLOAD[kind],
    credentials: target.client.target.credentials,
    region: target.client.target.region,
  });
  const framed = Buffer.concat(frameChunks(kind, chunks, trailer, signing));
  return sendPlain(target, "PUT", path, { ...headers, "content-length": String(framed.length) }, framed);
}

/** A presigned PUT and GET. Their signatures are secrets of the log. */
export async function usePresignedUrls(target: CanaryTarget): Promise<void> {
  const { ledger, client } = target;
  const { endpoint, region, credentials } = client.target;
  const path = `/${target.bucket}/${ledger.word("object key of a presigned URL")}`;
  for (const method of ["PUT", "GET"] as const) {
    const query = presignQuery({
      method,
      path,
      query: [],
      headers: { host: new URL(endpoint).host },
      credentials,
      region,
      expiresSeconds: 60,
    });
    ledger.secretText("signature of a presigned URL", query.at(-1)?.[1] ?? "");
    const body = method === "PUT" ? ledger.body("presigned PUT", 2000) : Buffer.alloc(0);
    assert.equal(
      await sendPlain(target, method, `${path}?${printQuery(query)}`, {}, body),
      200,
      `presigned ${method}`,
    );
    target.tally.add("canary requests");
  }
}

function sendPlain(
  target: CanaryTarget,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Promise<number> {
  const url = new URL(target.client.target.endpoint);
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      { host: url.hostname, port: url.port, method, path, headers, ca: target.client.target.ca },
      (response) => {
        response.resume();
        response.once("end", () => resolve(response.statusCode ?? 0));
      },
    );
    request.once("error", reject);
    request.end(body);
  });
}

/** A completed upload of 20 MiB, one with a copied part, one left open and one aborted. */
export async function useMultipart(target: CanaryTarget, sourceKey: string): Promise<void> {
  const { ledger } = target;
  const name = "multipart";
  const headers = {
    [`x-amz-meta-${ledger.word("metadata name of an upload")}`]: ledger.word("metadata value of an upload"),
    "content-type": ledger.word("content type of an upload"),
    "x-amz-tagging": `${ledger.word("tag name of an upload")}=${ledger.word("tag value of an upload")}`,
  };
  const begin = async (objectKey: string): Promise<string> => {
    const created = await send(target, { method: "POST", objectKey, query: { uploads: "" }, headers });
    return xmlTexts(created.body, "UploadId")[0] ?? "";
  };
  const objectKey = ledger.word("object key of an upload");
  const uploadId = await begin(objectKey);
  const etags: string[] = [];
  for (const [index, sizeBytes] of [8 << 20, 7 << 20, 5 << 20].entries()) {
    const query = { partNumber: String(index + 1), uploadId };
    const part = await send(target, {
      method: "PUT",
      objectKey,
      query,
      body: ledger.body(`part ${index + 1}`, sizeBytes),
    });
    ledger.etag(`part ${index + 1}`, part.headers.etag);
    etags.push(part.headers.etag ?? "");
  }
  const copied = await send(target, {
    method: "PUT",
    objectKey,
    query: { partNumber: "4", uploadId },
    headers: { "x-amz-copy-source": `/${target.bucket}/${encodeKeyPath(sourceKey)}` },
  });
  etags.push(xmlTexts(copied.body, "ETag")[0] ?? "");
  const parts = etags.map(
    (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
  );
  const body = Buffer.from(`<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`);
  const completed = await send(target, { method: "POST", objectKey, query: { uploadId }, body });
  ledger.etag(name, xmlTexts(completed.body, "ETag")[0]);

  for (const fate of ["left open", "aborted"]) {
    const other = ledger.word(`object key of an upload ${fate}`);
    const otherId = await begin(other);
    const query = { partNumber: "1", uploadId: otherId };
    await send(target, {
      method: "PUT",
      objectKey: other,
      query,
      body: ledger.body(`part of an upload ${fate}`, 300_000),
    });
    if (fate === "aborted")
      await send(target, { method: "DELETE", objectKey: other, query: { uploadId: otherId } });
  }
}

/** Copies with old and new metadata, overwritten and deleted versions, tags put later, listings by canary prefixes. */
export async function rearrange(target: CanaryTarget, written: readonly string[]): Promise<void> {
  const { ledger } = target;
  for (const source of written) {
    const copySource = { "x-amz-copy-source": `/${target.bucket}/${encodeKeyPath(source)}` };
    await send(target, {
      method: "PUT",
      objectKey: ledger.word("object key of a copy"),
      headers: copySource,
    });
    const replaced = {
      ...copySource,
      "x-amz-metadata-directive": "REPLACE",
      [`x-amz-meta-${ledger.word("metadata name of a copy")}`]: ledger.word("metadata value of a copy"),
    };
    await send(target, { method: "PUT", objectKey: ledger.word("object key of a copy"), headers: replaced });
    const tagging = `<Tagging><TagSet><Tag><Key>${ledger.word("tag name put later")}</Key><Value>${ledger.word("tag value put later")}</Value></Tag></TagSet></Tagging>`;
    await send(target, {
      method: "PUT",
      objectKey: source,
      query: { tagging: "" },
      body: Buffer.from(tagging),
    });
  }
  const enabled = Buffer.from("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
  await send(target, { method: "PUT", query: { versioning: "" }, body: enabled });
  for (const objectKey of written.slice(0, 3)) {
    await send(target, { method: "PUT", objectKey, body: ledger.body("an overwriting version", 10_000) });
    await send(target, { method: "DELETE", objectKey });
  }
  const prefix = written[0]?.split("/")[0] ?? "";
  const startAfter = ledger.word("start-after of a listing");
  await send(target, { method: "GET", query: { "list-type": "2", prefix, delimiter: "/" } });
  await send(target, { method: "GET", query: { "list-type": "2", "start-after": startAfter } });
  await send(target, { method: "GET", query: { versions: "" } });
  const removed = Buffer.from(
    `<Delete><Object><Key>${ledger.word("object key of a delete")}</Key></Object></Delete>`,
  );
  const md5 = digestsOf(removed).MD5.toString("base64");
  await send(target, {
    method: "POST",
    query: { delete: "" },
    headers: { "content-md5": md5 },
    body: removed,
  });
}

/** Writes that fail: wrong digests, missing buckets, denied signatures, bodies that break off. */
export async function failEverywhere(target: CanaryTarget): Promise<void> {
  const { ledger, client } = target;
  const wrong = { "content-md5": Buffer.alloc(16).toString("base64") };
  for (const sizeBytes of [3000, 300_000]) {
    const body = ledger.body("a PUT with a wrong digest", sizeBytes);
    await send(
      target,
      { method: "PUT", objectKey: ledger.word("object key refused"), headers: wrong, body },
      [400],
    );
    const objectKey = ledger.word("object key of a body that breaks off");
    const cut = ledger.body("a body that breaks off", sizeBytes);
    const stream = brokenOff(cut.subarray(0, sizeBytes - 100));
    const broken = client.request({
      method: "PUT",
      bucket: target.bucket,
      objectKey,
      body: { stream, sizeBytes },
    });
    await assert.rejects(broken);
  }
  await send(target, { method: "GET", objectKey: ledger.word("object key not found") }, [404]);
  await send(
    { ...target, bucket: ledger.word("bucket not found") },
    { method: "GET", objectKey: "x" },
    [404],
  );
  const credentials = { accessKeyId: "AKIAAAAAAAAAAAAAAAAA", secretAccessKey: ledger.word("unknown secret") };
  const body = ledger.body("a PUT without rights", 3000);
  await send(
    target,
    { method: "PUT", objectKey: ledger.word("object key denied"), credentials, body },
    [403],
  ).catch((error: unknown) => {
    if (!(error instanceof BrokenResponseError)) throw error;
  });
  const malformed = Buffer.from(`<Tagging>${ledger.word("malformed document")}`);
  await send(target, { method: "PUT", objectKey: "x", query: { tagging: "" }, body: malformed }, [400, 404]);
}

async function* brokenOff(bytes: Buffer): AsyncIterable<Buffer> {
  yield bytes;
  await new Promise((resolve) => setTimeout(resolve, 100));
  throw new Error("the sender went away");
}
