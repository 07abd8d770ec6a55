import { connect, type TLSSocket } from "node:tls";
import type { WireTarget } from "./wire-client.ts";

/** What came back on a raw connection, and how it ended. */
export interface RawAnswer {
  /** null: not one status line came. */
  readonly status: number | null;
  readonly text: string;
  readonly end: "closed by server" | "reset" | "timeout" | "closed by us";
  readonly afterMs: number;
}

export interface RawPlan {
  /** Sent one after the other; a number is a pause in milliseconds. */
  readonly send: readonly (Buffer | string | number)[];
  /** Ends or destroys the socket after the last piece; default: waits for the server. */
  readonly afterwards?: "wait" | "end" | "destroy";
  /** Resolves as soon as a whole response is here (by its Content-Length), not waiting for the close. */
  readonly untilResponse?: boolean;
  readonly timeoutMs?: number;
}

/** Opens a TLS connection, sends exactly these bytes and reports what came. Never throws for what the server does. */
export async function exchangeRaw(target: WireTarget, plan: RawPlan): Promise<RawAnswer> {
  const startedMs = performance.now();
  const socket = await openRaw(target);
  const pieces: Buffer[] = [];
  let ended: RawAnswer["end"] | null = null;
  const answer = new Promise<RawAnswer>((resolve) => {
    const finish = (end: RawAnswer["end"]): void => {
      if (ended !== null) return;
      ended = end;
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(pieces).toString("latin1");
      resolve({ status: statusOf(text), text, end, afterMs: performance.now() - startedMs });
    };
    const timer = setTimeout(() => finish("timeout"), plan.timeoutMs ?? 10_000);
    socket.on("data", (piece: Buffer) => {
      pieces.push(piece);
      if (plan.untilResponse === true && hasWholeResponse(Buffer.concat(pieces).toString("latin1")))
        finish("closed by us");
    });
    socket.on("end", () => finish("closed by server"));
    socket.on("close", () => finish(plan.afterwards === "destroy" ? "closed by us" : "closed by server"));
    socket.on("error", () => finish("reset"));
  });
  for (const piece of plan.send) {
    if (ended !== null) break;
    if (typeof piece === "number") await new Promise((resolve) => setTimeout(resolve, piece));
    else await writePiece(socket, piece);
  }
  if (plan.afterwards === "end") socket.end();
  if (plan.afterwards === "destroy") socket.destroy();
  return answer;
}

function writePiece(socket: TLSSocket, piece: Buffer | string): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed || !socket.writable) resolve();
    else {
      socket.write(piece, () => resolve());
      socket.once("close", () => resolve());
    }
  });
}

export function openRaw(target: WireTarget): Promise<TLSSocket> {
  const url = new URL(target.endpoint);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), ca: target.ca }, () =>
      resolve(socket),
    );
    socket.once("error", reject);
  });
}

const lastStatusLine = /HTTP\/1\.1 (\d{3})/g;

/** The status of the final response: a `100 Continue` before it does not count. */
function statusOf(text: string): number | null {
  const statuses = [...text.matchAll(lastStatusLine)].map((match) => Number(match[1]));
  return statuses.find((status) => status !== 100) ?? null;
}

function hasWholeResponse(text: string): boolean {
  const start = [...text.matchAll(lastStatusLine)].find((match) => match[1] !== "100")?.index;
  if (start === undefined) return false;
  const headersEnd = text.indexOf("\r\n\r\n", start);
  if (headersEnd < 0) return false;
  const head = text.slice(start, headersEnd);
  if (/^transfer-encoding: *chunked/im.test(head)) return text.endsWith("0\r\n\r\n");
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  return text.length >= headersEnd + 4 + length;
}

export const rawErrorCode = (answer: RawAnswer): string =>
  /<Code>([^<]*)<\/Code>/.exec(answer.text)?.[1] ?? "";

/** A request head as text; headers are sent in this order and spelling. */
export function printHead(method: string, path: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `${[`${method} ${path} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n`;
}
