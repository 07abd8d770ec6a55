import type { ServerResponse } from "node:http";
import { printXml, type XmlElement } from "@strongroom/wire";
import { ByteSink } from "./byte-sink.ts";
import type { RequestNames } from "./request-id.ts";
import type { S3Response } from "./s3-response.ts";

/** Work that takes longer than this is announced with white space, then again after each such interval. */
const KEEP_ALIVE_INTERVAL_MS = 10_000;

export interface HttpResponseOptions {
  readonly names: RequestNames;
  readonly serverName: string;
  readonly isHead: boolean;
  /** Turns a failure into an Error document, for answers whose status 200 is already out. */
  readonly describeFailure: (error: unknown) => XmlElement;
  /** Work whose outcome must be known elsewhere before it is sent. */
  readonly settle: (work: Promise<XmlElement>) => Promise<XmlElement>;
}

/** `S3Response` over `node:http`. Headers and a small body leave in one write. */
export class HttpS3Response implements S3Response {
  readonly #response: ServerResponse;
  readonly #options: HttpResponseOptions;
  readonly #headers: string[];
  /** So many names and values every answer to this request starts with. */
  #keptHeaders: number;
  #status = 200;
  #hasLength = false;
  #bodySizeBytes = 0;
  #sentAtMs: number | null = null;

  constructor(response: ServerResponse, options: HttpResponseOptions) {
    this.#response = response;
    this.#options = options;
    this.#headers = [
      "x-amz-id-2",
      options.names.hostId,
      "x-amz-request-id",
      options.names.requestId,
      "Server",
      options.serverName,
    ];
    this.#keptHeaders = this.#headers.length;
  }

  /** True once the status line may have left. */
  get isSent(): boolean {
    return this.#response.headersSent;
  }

  /** When the head left, by `performance.now()`; null: it did not. */
  get sentAtMs(): number | null {
    return this.#sentAtMs;
  }

  get statusCode(): number {
    return this.#status;
  }

  /** Bytes of the body handed to the socket so far. */
  get bodySizeBytes(): number {
    return this.#bodySizeBytes;
  }

  status(code: number): this {
    this.#status = code;
    return this;
  }

  header(name: string, value: string | undefined): this {
    if (value === undefined) return this;
    if (name.length === 14 && name.toLowerCase() === "content-length") this.#hasLength = true;
    this.#headers.push(name, value);
    return this;
  }

  /** Headers of whatever is answered, errors included. To be called before any other header is set. */
  keepHeaders(headers: readonly (readonly [name: string, value: string])[]): this {
    for (const [name, value] of headers) this.#headers.push(name, value);
    this.#keptHeaders = this.#headers.length;
    return this;
  }

  /** Forgets what an operation had prepared when it failed before anything was sent. */
  reset(): void {
    this.#status = 200;
    this.#headers.length = this.#keptHeaders;
    this.#hasLength = false;
    this.#bodySizeBytes = 0;
  }

  sendEmpty(): void {
    const bodyless = this.#status === 204 || this.#status === 304 || this.#options.isHead;
    if (!bodyless && !this.#hasLength) this.#headers.push("Content-Length", "0");
    this.#writeHead();
    this.#response.end();
  }

  sendXml(root: XmlElement): void {
    this.#headers.push("Content-Type", "application/xml");
    if (this.#options.isHead || this.#status === 304) {
      this.#writeHead();
      this.#response.end();
      return;
    }
    this.#end(Buffer.from(printXml(root), "utf8"));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#end(bytes);
  }

  async sendBody(body: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<void> {
    const iterator = body[Symbol.asyncIterator]();
    // Nothing is sent before the first chunk is good, so that a failure there is still an error document.
    const first = await iterator.next();
    if (first.done === true) {
      if (sizeBytes !== 0) throw new Error(`a body of ${sizeBytes} bytes ended before its first byte`);
      this.#end(Buffer.alloc(0));
      return;
    }
    if (first.value.length === sizeBytes) {
      const second = await iterator.next();
      if (second.done !== true) throw new Error(`a body is longer than its ${sizeBytes} bytes`);
      this.#end(first.value);
      return;
    }
    this.#headers.push("Content-Length", String(sizeBytes));
    this.#writeHead();
    await this.#stream(first.value, iterator, sizeBytes);
  }

  async sendXmlWhenDone(unsettled: Promise<XmlElement>): Promise<void> {
    const work = this.#options.settle(unsettled);
    const ended = await settledWithin(work, KEEP_ALIVE_INTERVAL_MS);
    if (ended) {
      this.sendXml(await work);
      return;
    }
    this.#headers.push("Content-Type", "application/xml");
    this.#writeHead();
    this.#response.write('<?xml version="1.0" encoding="UTF-8"?>\n');
    const pulse = setInterval(() => this.#response.write(" "), KEEP_ALIVE_INTERVAL_MS);
    let root: XmlElement;
    try {
      root = await work;
    } catch (error) {
      root = this.#options.describeFailure(error);
    } finally {
      clearInterval(pulse);
    }
    this.#response.end(Buffer.from(printXml(root, { declaration: false }), "utf8"));
  }

  async #stream(first: Uint8Array, iterator: AsyncIterator<Uint8Array>, sizeBytes: number): Promise<void> {
    const sink = new ByteSink(this.#response);
    try {
      let chunk = first;
      for (;;) {
        this.#bodySizeBytes += chunk.length;
        if (this.#bodySizeBytes > sizeBytes) throw new Error(`a body is longer than its ${sizeBytes} bytes`);
        await sink.write(chunk);
        const result = await iterator.next();
        if (result.done === true) break;
        chunk = result.value;
      }
      if (this.#bodySizeBytes !== sizeBytes) throw new Error(`a body is shorter than its ${sizeBytes} bytes`);
      this.#response.end();
    } catch (error) {
      // Part of the body is out: the only honest end is a broken connection.
      this.#response.destroy();
      await iterator.return?.();
      throw error;
    } finally {
      sink.release();
    }
  }

  #end(bytes: Uint8Array): void {
    this.#bodySizeBytes = bytes.length;
    if (!this.#hasLength) this.#headers.push("Content-Length", String(bytes.length));
    this.#writeHead();
    this.#response.end(bytes);
  }

  #writeHead(): void {
    this.#sentAtMs = performance.now();
    this.#response.writeHead(this.#status, this.#headers);
  }
}

/** True when `work` settled, either way, before `limitMs` passed. */
async function settledWithin(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  const timeout = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => timeout.resolve(false), limitMs);
  const settled = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
