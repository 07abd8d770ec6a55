import { request } from "node:http";
import { sha256Hex, signHeaders } from "../../harness/sigv4-signer.ts";
import type { TestServer } from "../../harness/test-server.ts";

export interface PlainAnswer {
  readonly status: number;
  readonly body: string;
}

export interface PlainRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: readonly (readonly [string, string])[];
  readonly body?: string;
  /** Added after signing, as a proxy adds them. */
  readonly added?: Readonly<Record<string, string>>;
  /** The address the connection comes from. */
  readonly from?: string;
}

/** One signed request to the port without TLS, which may pretend to have come through a proxy. */
export function sendPlain(server: TestServer, port: number, input: PlainRequest): Promise<PlainAnswer> {
  const { environment } = server;
  const body = input.body ?? "";
  const { headers } = signHeaders({
    ...environment,
    method: input.method,
    path: input.path,
    query: input.query ?? [],
    headers: { host: `127.0.0.1:${port}`, "content-length": String(Buffer.byteLength(body)) },
    payloadHash: sha256Hex(body),
  });
  const query = (input.query ?? []).map(([name, value]) => `${name}=${value}`).join("&");
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port,
        localAddress: input.from ?? "127.0.0.1",
        method: input.method,
        path: query === "" ? input.path : `${input.path}?${query}`,
        headers: { ...headers, ...input.added },
        agent: false,
      },
      (incoming) => {
        const pieces: Buffer[] = [];
        incoming.on("data", (piece: Buffer) => pieces.push(piece));
        incoming.on("error", reject);
        incoming.on("end", () =>
          resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(pieces).toString() }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
