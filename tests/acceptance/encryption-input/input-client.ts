import {
  Agent as HttpAgent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestPlain,
} from "node:http";
import { Agent as HttpsAgent, request as requestSecurely } from "node:https";
import {
  encodeKeyPath,
  presignQuery,
  printQuery,
  sha256Hex,
  signHeaders,
} from "../../harness/sigv4-signer.ts";
import type { TestServer } from "../../harness/test-server.ts";

export type Pairs = readonly (readonly [name: string, value: string])[];

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Sending {
  readonly method: string;
  readonly bucket: string;
  readonly objectKey?: string | undefined;
  readonly query?: Pairs;
  /** A name may stand there twice. */
  readonly headers?: Pairs;
  readonly body?: Buffer | string;
  /** Over the port without TLS. */
  readonly plain?: boolean | undefined;
  /** In the head; in the URL, for the headers given here (default: all that are sent); or not at all. */
  readonly signed?: "header" | { readonly presignedFor?: Pairs } | "not";
  /** Changed in the target after it was signed. */
  readonly tamper?: (target: string) => string;
}

/** Sends to both ports of a server what no honest client would. */
export class InputClient {
  readonly #server: TestServer;
  readonly #plainPort: number;
  readonly #secure: HttpsAgent;
  readonly #insecure = new HttpAgent({ keepAlive: true });

  constructor(server: TestServer, plainPort: number) {
    this.#server = server;
    this.#plainPort = plainPort;
    this.#secure = new HttpsAgent({ keepAlive: true, ca: server.environment.ca });
  }

  close(): void {
    this.#secure.destroy();
    this.#insecure.destroy();
  }

  /** Signs and sends one request. */
  send(sending: Sending): Promise<Answer> {
    const host =
      sending.plain === true
        ? `127.0.0.1:${this.#plainPort}`
        : new URL(this.#server.environment.endpoint).host;
    const { bucket, objectKey } = sending;
    const path = `/${bucket}${objectKey === undefined ? "" : `/${encodeKeyPath(objectKey)}`}`;
    const body = Buffer.from(sending.body ?? "");
    const { query, headers } = this.#sign(sending, { host, path, body });
    const target = query.length === 0 ? path : `${path}?${printQuery(query)}`;
    const lines: Pairs = [...headers, ["content-length", String(body.length)]];
    return this.#exchange(sending, host, sending.tamper?.(target) ?? target, lines, body);
  }

  #sign(
    sending: Sending,
    { host, path, body }: { host: string; path: string; body: Buffer },
  ): { query: Pairs; headers: Pairs } {
    const { credentials, region } = this.#server.environment;
    const { method, query = [], headers = [], signed = "header" } = sending;
    const scope = { method, path, query, credentials, region };
    if (signed === "not") return { query, headers: [["host", host], ...headers] };
    if (signed === "header") {
      const joined = { host, ...joinPairs(headers) };
      const made = signHeaders({ ...scope, headers: joined, payloadHash: sha256Hex(body) }).headers;
      const added = Object.entries(made).filter(([name]) => !headers.some(([sent]) => sent === name));
      return { query, headers: [...added, ...headers] };
    }
    const covered = { host, ...joinPairs(signed.presignedFor ?? headers) };
    const presigned = presignQuery({ ...scope, headers: covered, expiresSeconds: 60 });
    return { query: presigned, headers: [["host", host], ...headers] };
  }

  #exchange(
    { method, plain = false }: Sending,
    host: string,
    path: string,
    headers: Pairs,
    body: Buffer,
  ): Promise<Answer> {
    const lines: Record<string, string | string[]> = {};
    for (const [name, value] of headers) {
      const before = lines[name];
      lines[name] = before === undefined ? value : [before, value].flat();
    }
    const { hostname, port } = new URL(`http://${host}`);
    const options = { hostname, port, method, path, headers: lines };
    return new Promise((resolve, reject) => {
      const outgoing = plain
        ? requestPlain({ ...options, agent: this.#insecure })
        : requestSecurely({ ...options, agent: this.#secure });
      outgoing.setTimeout(60_000, () => outgoing.destroy(new Error("no answer in time")));
      outgoing.once("error", reject);
      outgoing.once("response", (incoming) => readAnswer(incoming).then(resolve, reject));
      outgoing.end(body);
    });
  }
}

function joinPairs(pairs: Pairs): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of pairs)
    joined[name] = joined[name] === undefined ? value : `${joined[name]},${value}`;
  return joined;
}

async function readAnswer(incoming: IncomingMessage): Promise<Answer> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming as AsyncIterable<Buffer>) pieces.push(piece);
  const body = Buffer.concat(pieces).toString("latin1");
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body };
}
