import { once } from "node:events";
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import {
  type Credentials,
  encodeKeyPath,
  printQuery,
  sha256Hex,
  signHeaders,
  UNSIGNED_PAYLOAD,
} from "./sigv4-signer.ts";

export interface WireRequest {
  readonly method: string;
  readonly bucket?: string;
  readonly objectKey?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | { readonly stream: AsyncIterable<Uint8Array>; readonly sizeBytes: number };
  /** The scope that is signed for; default S3 and the server's region. */
  readonly service?: string;
  readonly region?: string;
  /** null: anonymous. */
  readonly credentials?: Credentials | null;
  /** Called with each piece instead of keeping it. */
  readonly onData?: (piece: Buffer) => void | Promise<void>;
  readonly timeoutMs?: number;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The connection ended before the response did; `received` is what had arrived of the body. */
export class BrokenResponseError extends Error {
  override readonly name = "BrokenResponseError";
  readonly status: number | null;
  readonly received: Buffer;

  constructor(status: number | null, received: Buffer, cause: unknown) {
    super(`the response broke off: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.status = status;
    this.received = received;
  }
}

export interface WireTarget {
  readonly endpoint: string;
  readonly region: string;
  readonly ca: Buffer;
  readonly credentials: Credentials;
}

/** A small S3 client that hides nothing: it says what came back, whatever it was, and never retries. */
export class WireClient {
  readonly target: WireTarget;
  readonly #agent: Agent;

  constructor(target: WireTarget, maxSockets = 64) {
    this.target = target;
    this.#agent = new Agent({ keepAlive: true, maxSockets, ca: target.ca });
  }

  close(): void {
    this.#agent.destroy();
  }

  async request(input: WireRequest): Promise<WireResponse> {
    const url = new URL(this.target.endpoint);
    const path = `/${input.bucket ?? ""}${input.objectKey === undefined ? "" : `/${encodeKeyPath(input.objectKey)}`}`;
    const query = Object.entries(input.query ?? {});
    const streamed = input.body !== undefined && !Buffer.isBuffer(input.body);
    const body = Buffer.isBuffer(input.body) ? input.body : Buffer.alloc(0);
    const plainHeaders: Record<string, string> = { host: url.host, ...input.headers };
    if (input.body !== undefined)
      plainHeaders["content-length"] = String(
        Buffer.isBuffer(input.body) ? input.body.length : input.body.sizeBytes,
      );
    const credentials = input.credentials === undefined ? this.target.credentials : input.credentials;
    const headers =
      credentials === null
        ? plainHeaders
        : signHeaders({
            method: input.method,
            path,
            query,
            headers: plainHeaders,
            payloadHash: streamed ? UNSIGNED_PAYLOAD : sha256Hex(body),
            credentials,
            region: input.region ?? this.target.region,
            ...(input.service === undefined ? {} : { service: input.service }),
          }).headers;
    const request = httpsRequest({
      agent: this.#agent,
      host: url.hostname,
      port: url.port,
      method: input.method,
      path: query.length === 0 ? path : `${path}?${printQuery(query)}`,
      headers,
    });
    request.setTimeout(input.timeoutMs ?? 60_000, () => request.destroy(new Error("no progress in time")));
    const answered = answerOf(request, input.onData);
    if (input.body !== undefined && !Buffer.isBuffer(input.body))
      await pump(input.body.stream, request, answered);
    else request.end(body);
    return answered;
  }
}

async function pump(
  source: AsyncIterable<Uint8Array>,
  request: ClientRequest,
  answered: Promise<WireResponse>,
): Promise<void> {
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  answered.then(done, done);
  for await (const piece of source) {
    if (settled || request.destroyed) return;
    if (!request.write(piece)) await Promise.race([once(request, "drain"), answered]).catch(() => undefined);
  }
  request.end();
}

function answerOf(request: ClientRequest, onData: WireRequest["onData"]): Promise<WireResponse> {
  return new Promise((resolve, reject) => {
    request.once("error", (error) => reject(new BrokenResponseError(null, Buffer.alloc(0), error)));
    request.once("response", (response) => {
      readResponse(response, request.method === "HEAD", onData).then(resolve, reject);
    });
  });
}

async function readResponse(
  response: IncomingMessage,
  isHead: boolean,
  onData: WireRequest["onData"],
): Promise<WireResponse> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      if (onData === undefined) pieces.push(piece);
      else await onData(piece);
    }
  } catch (error) {
    throw new BrokenResponseError(response.statusCode ?? null, Buffer.concat(pieces), error);
  }
  const body = Buffer.concat(pieces);
  const declared = response.headers["content-length"];
  if (!isHead && onData === undefined && declared !== undefined && Number(declared) !== body.length)
    throw new BrokenResponseError(response.statusCode ?? null, body, new Error("shorter than declared"));
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The texts of all elements with this name, in order. */
export function xmlTexts(document: Buffer | string, element: string): string[] {
  return [...document.toString().matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, "g"))].map((match) =>
    (match[1] ?? "").replace(/&(#x?[0-9a-fA-F]+|\w+);/g, (whole, name: string) => {
      if (name.startsWith("#x")) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
      if (name.startsWith("#")) return String.fromCodePoint(Number(name.slice(1)));
      return ENTITIES[name] ?? whole;
    }),
  );
}

export const errorCodeOf = (response: WireResponse): string => xmlTexts(response.body, "Code")[0] ?? "";
