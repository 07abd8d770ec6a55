// An S3 in memory behind a real S3Client: requests are serialized, signed and retried as for any S3.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";

export interface StoredObject {
  body: Buffer;
  metadata: Record<string, string>;
  headers: Record<string, string>;
}

interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface WireResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Readable;
}

/** A request as it arrived, with its decoded body. */
export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** As it was sent, with its transfer coding. */
  readonly sent: Buffer;
}

/** What a test may do to a response before the client sees it, or to the exchange by throwing. */
export type Meddle = (request: SeenRequest, response: WireResponse) => WireResponse | undefined;

const PREFIX = "x-amz-meta-";

/** One bucket's worth of objects by "bucket/key"; the tests reach into it. */
export class MemoryS3 {
  readonly objects = new Map<string, StoredObject>();
  readonly requests: SeenRequest[] = [];
  readonly #uploads = new Map<string, { object: StoredObject; path: string; parts: Map<number, Buffer> }>();
  /** Sees every answer. */
  meddle: Meddle = () => undefined;
  /** The body of a GET in pieces of so many bytes. */
  chunkBytes = 65_536;

  /** `settings` go over what is set here. With `overTls` it looks like the SDK's own client on an https endpoint. */
  client({ overTls = false, ...settings }: S3ClientConfig & { readonly overTls?: boolean } = {}): S3Client {
    return new S3Client({
      region: "us-east-1",
      endpoint: overTls ? "https://127.0.0.1:9" : "http://127.0.0.1:9",
      forcePathStyle: true,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      requestHandler: {
        ...(overTls ? { metadata: { handlerProtocol: "http/1.1" } } : {}),
        handle: async (request: unknown) => ({ response: await this.#handle(request as WireRequest) }),
      },
      maxAttempts: 3,
      ...settings,
    } as S3ClientConfig);
  }

  /** Lets go of the parts that were sent so far. */
  forgetParts(): void {
    for (const { parts } of this.#uploads.values()) parts.clear();
  }

  object(path: string): StoredObject {
    const found = this.objects.get(path);
    if (found === undefined) throw new Error(`no object ${path}`);
    return found;
  }

  async #handle(request: WireRequest): Promise<WireResponse> {
    const sent = await collect(request.body);
    const body = decodeBody(sent, request.headers);
    const path = decodeURIComponent(request.path).replace(/^\//, "");
    const query = new URLSearchParams(
      Object.entries(request.query ?? {}).map(([name, value]) => [name, String(value ?? "")]),
    );
    const seen = { method: request.method, target: `${path}?${query}`, body, headers: request.headers, sent };
    this.requests.push(seen);
    const response = this.#route(request, path, query, body);
    return this.meddle(seen, response) ?? response;
  }

  #route(request: WireRequest, path: string, query: URLSearchParams, body: Buffer): WireResponse {
    const uploadId = query.get("uploadId");
    if (request.method === "POST" && query.has("uploads")) return this.#create(request, path);
    if (request.method === "POST" && query.has("delete")) return this.#deleteMany(path, body);
    if (request.method === "POST" && uploadId !== null) return this.#complete(uploadId);
    if (request.method === "PUT" && uploadId !== null) return this.#part(uploadId, query, body);
    if (request.method === "PUT" && request.headers["x-amz-copy-source"] !== undefined)
      return this.#copy(request, path, request.headers["x-amz-copy-source"]);
    if (request.method === "PUT") {
      const object = toObject(request.headers, body);
      this.objects.set(path, object);
      return answer(200, { etag: etagOf(body) });
    }
    if (request.method === "DELETE") {
      if (uploadId === null) this.objects.delete(path);
      else this.#uploads.delete(uploadId);
      return answer(204);
    }
    return this.#read(request, path);
  }

  #read(request: WireRequest, path: string): WireResponse {
    const object = this.objects.get(path);
    if (object === undefined)
      return xml(
        404,
        "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>",
      );
    const [, first, last, suffix] =
      /^bytes=(?:(\d+)-(\d*)|-(\d+))$/.exec(request.headers["range"] ?? "") ?? [];
    let { body } = object;
    const headers: Record<string, string> = { ...object.headers, etag: etagOf(object.body) };
    for (const [name, value] of Object.entries(object.metadata)) headers[PREFIX + name] = value;
    let status = 200;
    if (first !== undefined || suffix !== undefined) {
      const start = suffix === undefined ? Number(first) : Math.max(0, body.length - Number(suffix));
      const end = last === undefined || last === "" ? body.length : Math.min(body.length, Number(last) + 1);
      if (start >= body.length) return xml(416, "<Error><Code>InvalidRange</Code></Error>");
      headers["content-range"] = `bytes ${start}-${end - 1}/${body.length}`;
      body = body.subarray(start, end);
      status = 206;
    }
    headers["content-length"] = String(body.length);
    if (request.method === "HEAD") return answer(status, headers);
    const chunks: Buffer[] = [];
    for (let at = 0; at < body.length; at += this.chunkBytes)
      chunks.push(Buffer.from(body.subarray(at, at + this.chunkBytes)));
    return { statusCode: status, headers, body: Readable.from(chunks, { objectMode: false }) };
  }

  #create(request: WireRequest, path: string): WireResponse {
    const uploadId = `upload-${this.#uploads.size + 1}`;
    const object = toObject(request.headers, Buffer.alloc(0));
    this.#uploads.set(uploadId, { object, path, parts: new Map() });
    return xml(
      200,
      `<InitiateMultipartUploadResult><UploadId>${uploadId}</UploadId></InitiateMultipartUploadResult>`,
    );
  }

  #part(uploadId: string, query: URLSearchParams, body: Buffer): WireResponse {
    this.#uploads.get(uploadId)?.parts.set(Number(query.get("partNumber")), body);
    return answer(200, { etag: etagOf(body) });
  }

  #complete(uploadId: string): WireResponse {
    const upload = this.#uploads.get(uploadId);
    if (upload === undefined) return xml(404, "<Error><Code>NoSuchUpload</Code></Error>");
    const numbers = [...upload.parts.keys()].sort((left, right) => left - right);
    const parts = numbers.map((number) => upload.parts.get(number) ?? Buffer.alloc(0));
    this.objects.set(upload.path, { ...upload.object, body: Buffer.concat(parts) });
    return xml(200, "<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>");
  }

  #copy(request: WireRequest, path: string, source: string): WireResponse {
    const object = this.objects.get(decodeURIComponent(source).replace(/^\//, ""));
    if (object === undefined) return xml(404, "<Error><Code>NoSuchKey</Code></Error>");
    const isReplaced = request.headers["x-amz-metadata-directive"] === "REPLACE";
    const { metadata } = isReplaced ? toObject(request.headers, object.body) : object;
    this.objects.set(path, { ...object, metadata });
    return xml(200, "<CopyObjectResult><ETag>x</ETag></CopyObjectResult>");
  }

  #deleteMany(bucket: string, body: Buffer): WireResponse {
    const keys = [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => key);
    for (const key of keys) this.objects.delete(`${bucket.replace(/\/$/, "")}/${key}`);
    return xml(
      200,
      `<DeleteResult>${keys.map((key) => `<Deleted><Key>${key}</Key></Deleted>`).join("")}</DeleteResult>`,
    );
  }
}

function toObject(headers: Readonly<Record<string, string>>, body: Buffer): StoredObject {
  const metadata: Record<string, string> = {};
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(PREFIX)) metadata[name.slice(PREFIX.length)] = value;
    if (name === "content-type") kept[name] = value;
  }
  return { body, metadata, headers: kept };
}

function etagOf(body: Buffer): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}

function answer(statusCode: number, headers: Record<string, string> = {}): WireResponse {
  return { statusCode, headers, body: Readable.from([]) };
}

function xml(statusCode: number, text: string): WireResponse {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>${text}`);
  return { statusCode, headers: { "content-type": "application/xml" }, body: Readable.from([body]) };
}

async function collect(body: unknown): Promise<Buffer> {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === "string" || body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Takes `aws-chunked` off: sizes in hex, chunks, trailers. */
function decodeBody(body: Buffer, headers: Readonly<Record<string, string>>): Buffer {
  if (!(headers["content-encoding"] ?? "").includes("aws-chunked")) return body;
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.subarray(at, lineEnd).toString(), 16);
    if (!(size > 0)) return Buffer.concat(chunks);
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
