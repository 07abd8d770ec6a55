import { createServer, type IncomingMessage, request as plainRequest, type ServerResponse } from "node:http";
import { request as tlsRequest } from "node:https";
import type { AddressInfo } from "node:net";

/** Serves the page's own files below /page/, and hands everything else to the server under test, its Host header kept. */
export interface PageServer {
  readonly origin: string;
  close(): Promise<void>;
}

export interface PageFile {
  readonly type: string;
  readonly content: string | Uint8Array;
}

/** Where requests go on to, and which authority vouches for it. */
export interface ForwardTarget {
  readonly endpoint: string;
  readonly authority: string;
}

/**
 * One origin for the page and for S3, so that the page needs no CORS. `http` on a loopback address counts as a secure context.
 */
export async function startPageServer(
  files: ReadonlyMap<string, PageFile>,
  target: ForwardTarget,
): Promise<PageServer> {
  return listen((request, response) => {
    const file = files.get((request.url ?? "").replace(/\?.*$/, ""));
    if (file !== undefined) response.writeHead(200, { "content-type": file.type }).end(file.content);
    else forward(request, response, target);
  });
}

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<PageServer> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { endpoint, authority }: ForwardTarget,
): void {
  const { hostname, port, protocol } = new URL(endpoint);
  const { method, url: path, headers } = request;
  const send = protocol === "https:" ? tlsRequest : plainRequest;
  const onward = send({ hostname, port, method, path, headers, ca: authority }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  // A page that goes away must not leave its requests behind.
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}
