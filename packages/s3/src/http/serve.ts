import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { element, printXml } from "@strongroom/wire";
import { S3_ERRORS } from "../error-table.ts";

export type OnRequest = (message: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Options for `http.createServer` and `https.createServer` that the S3 API counts on. */
export const SERVER_OPTIONS = {
  /** S3 allows 8 KiB of headers; presigned targets and tags need some more. */
  maxHeaderSize: 16 * 1024,
  /** A whole request may take hours; silence is what ends it. */
  requestTimeout: 0,
  headersTimeout: 20_000,
  keepAliveTimeout: 60_000,
  noDelay: true,
  insecureHTTPParser: false,
} as const;

/** A socket on which nothing moves for this long is closed, whoever is to blame. */
const SOCKET_IDLE_TIMEOUT_MS = 120_000;

/**
 * Connects a request function to a server so that it sees `Expect: 100-continue` before any body byte is asked
 * for, and so that what the HTTP parser refuses is answered instead of cut off.
 */
export function serveRequests(server: Server, onRequest: OnRequest): void {
  server.setTimeout(SOCKET_IDLE_TIMEOUT_MS);
  server.on("request", onRequest);
  server.on("checkContinue", onRequest);
  // S3 takes no notice of expectations it does not know; Node.js alone would answer 417.
  server.on("checkExpectation", onRequest);
  server.on("clientError", answerUnparsable);
}

/** What the parser's own codes mean to a client; anything else is a BadRequest. */
const UNPARSABLE: Readonly<Record<string, "RequestHeaderSectionTooLarge" | "IncompleteBody">> = {
  HPE_HEADER_OVERFLOW: "RequestHeaderSectionTooLarge",
  // The sender closed its side before the body was as long as it had declared.
  HPE_INVALID_EOF_STATE: "IncompleteBody",
};

interface ParserError extends Error {
  readonly code?: string;
}

function answerUnparsable(error: ParserError, socket: Duplex): void {
  // A connection that was opened in advance and stayed silent asked for nothing: it is closed, not answered.
  if (!socket.writable || error.code === "ECONNRESET" || error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    socket.destroy();
    return;
  }
  const code = UNPARSABLE[error.code ?? ""] ?? "BadRequest";
  const document = printXml(
    element("Error", [element("Code", code), element("Message", S3_ERRORS[code][1])]),
  );
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/xml\r\nContent-Length: ${Buffer.byteLength(document)}\r\nConnection: close\r\n\r\n${document}`,
  );
}
