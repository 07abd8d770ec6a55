import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { after, before, test } from "node:test";
import { S3Error } from "../errors.ts";
import { RawSocket } from "../raw-socket.ts";
import { IncomingBody } from "./incoming-body.ts";

const HEAD = (sizeBytes: number): string =>
  `PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: ${sizeBytes}\r\n\r\n`;

let server: Server;
let port = 0;
let onMessage: (message: IncomingMessage) => Promise<string>;

before(async () => {
  server = createServer((message, response) => {
    void onMessage(message).then((text) => response.end(text));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address !== null && typeof address === "object") port = address.port;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const open = (message: IncomingMessage, idleTimeoutMs = 5000, beforeFirstRead = () => {}): IncomingBody =>
  new IncomingBody(message, { idleTimeoutMs, beforeFirstRead });

async function exchange(...pieces: readonly (string | Uint8Array)[]): Promise<string> {
  const socket = new RawSocket(port);
  for (const piece of pieces) {
    socket.send(piece);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await socket.until(() => socket.received.includes("\r\n\r\n"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.destroy();
  return socket.received.split("\r\n\r\n")[1] ?? "";
}

test("a body arrives whole and in order, however it is cut", async () => {
  let begun = 0;
  onMessage = async (message) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of open(message, 5000, () => begun++)) pieces.push(piece);
    return Buffer.concat(pieces).toString("latin1");
  };
  assert.equal(await exchange(HEAD(9), "abc", "def", "ghi"), "abcdefghi");
  assert.equal(await exchange(`${HEAD(9)}abcdefghi`), "abcdefghi");
  assert.equal(await exchange(HEAD(0)), "");
  assert.equal(begun, 3, "the first read is announced once each");
});

test("a lagging consumer holds back the sender", async () => {
  const sizeBytes = 64 * 1024 * 1024;
  let heldBytes = 0;
  onMessage = async (message) => {
    const body = open(message);
    await body.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    heldBytes = message.socket.bytesRead;
    let receivedBytes = 0;
    for await (const piece of body) receivedBytes += piece.length;
    return String(receivedBytes);
  };
  const answer = await exchangeLarge(sizeBytes);
  assert.ok(Number(answer) > sizeBytes - 1024 * 1024);
  assert.ok(
    heldBytes < 4 * 1024 * 1024,
    `${heldBytes} bytes were taken from the socket ahead of the consumer`,
  );
});

async function exchangeLarge(sizeBytes: number): Promise<string> {
  const socket = new RawSocket(port);
  socket.send(HEAD(sizeBytes), Buffer.alloc(sizeBytes, 1));
  await socket.until(() => /\r\n\r\n\d+/.test(socket.received), 10_000);
  socket.destroy();
  return /\r\n\r\n[^\d]*(\d+)/.exec(socket.received)?.[1] ?? "";
}

test("silence ends in RequestTimeout, hanging up in IncompleteBody", async () => {
  const codes: string[] = [];
  onMessage = async (message) => {
    try {
      for await (const _ of open(message, 50)) {
        // Nothing to do but wait for more.
      }
    } catch (error) {
      if (error instanceof S3Error) codes.push(error.code);
    }
    return "";
  };
  await exchange(HEAD(10), "abc", "", "", "", "", "");
  const socket = new RawSocket(port);
  socket.send(HEAD(10), "abc");
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(codes, ["RequestTimeout", "IncompleteBody"]);
});

test("a consumer that stops early stops the flow", async () => {
  onMessage = async (message) => {
    const body = open(message);
    for await (const _ of body) break;
    assert.equal((await body.next()).done, true);
    return message.isPaused() ? "paused" : "flowing";
  };
  assert.equal(await exchange(HEAD(10), "abc"), "paused");
});
