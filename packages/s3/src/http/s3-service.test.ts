import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { ServiceError } from "@strongroom/base";
import type { ObjectStore } from "@strongroom/store";
import { RawSocket, requestHead } from "../raw-socket.ts";
import {
  type FixtureRequest,
  memoryStore,
  type ServiceFixture,
  signedHeaders,
  startServiceFixture,
} from "../service-fixture.ts";

let fixture: ServiceFixture;
const BIG = randomBytes(3 * 1024 * 1024);

before(async () => {
  fixture = await startServiceFixture({ store: faultyStore(memoryStore()), bodyIdleTimeoutMs: 300 });
  assert.equal((await fixture.send("PUT", "/vault")).status, 200);
  assert.equal((await fixture.send("PUT", "/vault/small", { body: "hello" })).status, 200);
  assert.equal((await fixture.send("PUT", "/vault/big", { body: BIG })).status, 200);
});
after(() => fixture.close());

/** Reads of objects whose key says so fail authentication, before or after the first byte. */
function faultyStore(store: ObjectStore): ObjectStore {
  return {
    ...store,
    openObject: async (input) => {
      const broken = input.objectKey.startsWith("broken");
      const opened = await store.openObject(broken ? { ...input, objectKey: "big" } : input);
      if (!broken) return opened;
      return {
        ...opened,
        read: async function* () {
          if (input.objectKey !== "broken-at-once") {
            yield BIG.subarray(0, 65_536);
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
          throw new ServiceError("Tampered", "integrity", "a chunk does not verify");
        },
      };
    },
  };
}

function open(method: string, target: string, request: FixtureRequest): { socket: RawSocket; head: string } {
  const headers = signedHeaders(fixture.host, method, target, request, fixture.alice);
  return { socket: new RawSocket(fixture.port), head: requestHead(method, target, headers) };
}

test("every answer is named, dated and signed by the server", async () => {
  for (const answer of [
    await fixture.send("GET", "/vault/small"),
    await fixture.send("GET", "/vault/none"),
  ]) {
    assert.match(String(answer.headers["x-amz-request-id"]), /^[0-9A-F]{16}$/);
    assert.match(String(answer.headers["x-amz-id-2"]), /^[A-Za-z0-9+/]{64}$/);
    assert.equal(answer.headers["server"], "Strongroom");
    assert.ok(Date.parse(String(answer.headers.date)) > 0);
  }
});

test("an error document has no namespace and its elements in S3's order", async () => {
  const { status, headers, body } = await fixture.send("GET", "/vault/none");
  assert.equal(status, 404);
  assert.equal(headers["content-type"], "application/xml");
  assert.equal(
    body,
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>none</Key><RequestId>${headers["x-amz-request-id"]}</RequestId><HostId>${headers["x-amz-id-2"]}</HostId></Error>`,
  );
});

test("HEAD errors and 304 have no body, and the connection goes on", async () => {
  const { socket, head } = open("HEAD", "/vault/none", {});
  socket.send(head);
  await socket.until(() => socket.received.endsWith("\r\n\r\n"));
  assert.match(socket.received, /^HTTP\/1\.1 404 /);
  const etag = String((await fixture.send("HEAD", "/vault/small")).headers.etag);
  const next = open("GET", "/vault/small", { headers: { "if-none-match": etag } });
  next.socket.destroy();
  socket.send(next.head);
  await socket.until(() => socket.received.split("\r\n\r\n").length === 3);
  assert.match(socket.received, /\r\n\r\nHTTP\/1\.1 304 Not Modified\r\n/);
  assert.ok(socket.received.endsWith("\r\n\r\n"));
  assert.ok(!socket.received.includes("<Error>"));
  socket.destroy();
});

test("100 Continue is said only after the request was authorised", async () => {
  const body = "late body";
  const expect = { "content-length": String(body.length), expect: "100-continue" };
  const good = open("PUT", "/vault/continued", { headers: expect, body });
  good.socket.send(good.head);
  await good.socket.until(() => good.socket.received.includes("\r\n\r\n"));
  assert.equal(good.socket.received, "HTTP/1.1 100 Continue\r\n\r\n");
  good.socket.send(body);
  await good.socket.until(
    () => good.socket.received.includes("ETag") || good.socket.received.includes("etag"),
  );
  assert.match(good.socket.received, /HTTP\/1\.1 200 OK/);
  good.socket.destroy();
  const bad = open("PUT", "/vault/refused", { headers: expect, body, as: fixture.bob });
  bad.socket.send(bad.head);
  await bad.socket.until(() => bad.socket.closed);
  assert.match(bad.socket.received, /^HTTP\/1\.1 403 Forbidden\r\n/);
  assert.ok(!bad.socket.received.includes("100 Continue"));
});

test("a refused upload is swallowed within limits and the connection used again", async () => {
  const body = Buffer.alloc(1024 * 1024, 1);
  const refused = open("PUT", "/vault/refused", {
    headers: { "content-length": String(body.length), "content-md5": "nonsense" },
    body,
  });
  refused.socket.send(refused.head, body);
  const again = open("GET", "/vault/small", {});
  again.socket.destroy();
  refused.socket.send(again.head);
  await refused.socket.until(() => refused.socket.received.endsWith("hello"));
  assert.match(refused.socket.received, /^HTTP\/1\.1 400 Bad Request[\s\S]*InvalidDigest/);
  refused.socket.destroy();
});

test("a body that stops coming is ended with RequestTimeout and nothing is stored", async () => {
  const { socket, head } = open("PUT", "/vault/slow", {
    headers: { "content-length": "10" },
    body: "0123456789",
  });
  socket.send(head, "012");
  await socket.until(() => socket.closed);
  assert.match(socket.received, /^HTTP\/1\.1 400 [\s\S]*<Code>RequestTimeout<\/Code>/);
  assert.equal((await fixture.send("HEAD", "/vault/slow")).status, 404);
});

test("a sender that hangs up leaves nothing behind", async () => {
  const { socket, head } = open("PUT", "/vault/cut", {
    headers: { "content-length": "10" },
    body: "0123456789",
  });
  socket.send(head, "012");
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal((await fixture.send("HEAD", "/vault/cut")).status, 404);
});

test("[L-25] a tampered object is an error before its first byte and a broken connection after it", async () => {
  const atOnce = await fixture.send("GET", "/vault/broken-at-once");
  assert.equal(atOnce.status, 500);
  assert.match(atOnce.body, /<Code>InternalError<\/Code>/);
  assert.equal(atOnce.headers.etag, undefined, "headers of the object are not left on its error");
  const { socket, head } = open("GET", "/vault/broken-midway", {});
  socket.send(head);
  await socket.until(() => socket.closed);
  const [top = "", body = ""] = socket.received.split("\r\n\r\n");
  assert.match(top, new RegExp(`content-length: ${BIG.length}`, "i"));
  assert.ok(body.length < BIG.length);
  assert.equal(fixture.integrityFailures.length, 2);
});

test("a client that goes away in the middle of a download is nobody's failure", async () => {
  const failuresBefore = fixture.failures.length;
  const { socket, head } = open("GET", "/vault/big", {});
  socket.send(head);
  await socket.until(() => socket.received.length > 1000);
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(fixture.failures.length, failuresBefore);
  assert.equal((await fixture.send("GET", "/vault/small")).body, "hello");
});

test("virtual-host style addresses the same objects as path style", async () => {
  const answer = await fixture.send("GET", "/small", { headers: { host: "vault.s3.example.com" } });
  assert.equal(answer.body, "hello");
});

test("keys are taken as they stand on the wire", async () => {
  for (const target of ["/vault/../x", "/vault//a//b/", "/vault/%2e%2e/%01x", "/vault/a%2Fb%20c+d"]) {
    const stored = await fixture.send("PUT", target, { body: target });
    assert.equal(stored.status, 200, `${target} ${stored.body}`);
    assert.equal((await fixture.send("GET", target)).body, target);
  }
  assert.match((await fixture.send("PUT", "/vault/a%00b", { body: "x" })).body, /<Code>InvalidURI</);
  assert.match((await fixture.send("PUT", "/vault/%FF", { as: null })).body, /<Code>InvalidURI</);
  const longest = await fixture.send("PUT", `/vault/${"k".repeat(1024)}`, { body: "x" });
  assert.equal(longest.status, 200);
  const tooLong = await fixture.send("PUT", `/vault/${"k".repeat(1025)}`, { body: "x" });
  assert.match(tooLong.body, /<Code>KeyTooLongError<[\s\S]*<Size>1025<\/Size><MaxSizeAllowed>1024</);
});

test("what the HTTP parser refuses is answered and closed", async () => {
  for (const text of [
    "GET / HTTP/1.1\r\nbad header\r\n\r\n",
    `GET / HTTP/1.1\r\nhost: x\r\nx-amz-meta-a: ${"a".repeat(20_000)}\r\n\r\n`,
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  ]) {
    const socket = new RawSocket(fixture.port);
    socket.send(text);
    await socket.until(() => socket.closed);
    assert.match(socket.received, /^HTTP\/1\.1 400 /);
  }
});

test("a header that must be single and is sent twice is refused", async () => {
  const { socket, head } = open("GET", "/vault/small", {});
  socket.send(head.replace("\r\n\r\n", "\r\nx-amz-date: 20260101T000000Z\r\nconnection: close\r\n\r\n"));
  await socket.until(() => socket.closed);
  assert.match(socket.received, /^HTTP\/1\.1 400 [\s\S]*<Code>InvalidRequest</);
});

test("answered requests are logged without header values or queries", async () => {
  await fixture.send("GET", "/vault/small?response-content-type=canary", {
    headers: { "x-amz-meta-canary": "canary" },
  });
  const entry = fixture.answered.at(-1);
  assert.equal(entry?.operation, "GetObject");
  assert.equal(entry?.status, 200);
  assert.equal(entry?.bytesSent, 5);
  assert.ok(!JSON.stringify(entry).includes("canary"));
});
