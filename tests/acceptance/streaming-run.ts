import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { bytesRead, memoryBytes } from "../harness/process-facts.ts";
import { openRaw, printHead } from "../harness/raw-exchange.ts";
import { sha256Hex, signHeaders } from "../harness/sigv4-signer.ts";
import { bytesOf, streamOf } from "../harness/test-bytes.ts";
import type { TestServer } from "../harness/test-server.ts";

const BUCKET = "streaming";
const MEBIBYTE = 1 << 20;

/** The highest memory of all server processes together while `work` ran; the program they share counts once. */
async function peakWhile<Result>(
  server: TestServer,
  work: Promise<Result>,
): Promise<{ result: Result; peakBytes: number; residentBytes: number }> {
  let peakBytes = 0;
  let residentBytes = 0;
  let done = false;
  const finish = (): void => {
    done = true;
  };
  work.then(finish, finish);
  while (!done) {
    const { shared, resident } = memoryBytes(server.process.pids());
    peakBytes = Math.max(peakBytes, shared);
    residentBytes = Math.max(residentBytes, resident);
    await sleep(50);
  }
  return { result: await work, peakBytes, residentBytes };
}

export interface StreamingFigures {
  readonly upMiBps: number;
  readonly downMiBps: number;
  readonly peakUpMiB: number;
  readonly peakDownMiB: number;
  /** The sum of what each process has resident, shared pages counted once for each. */
  readonly peakResidentMiB: number;
}

/** One object of `sizeBytes` up and down; the memory of all server processes stays below `limitBytes`. */
export async function streamUpAndDown(
  server: TestServer,
  sizeBytes: number,
  limitBytes: number,
): Promise<StreamingFigures> {
  const objectKey = `of-${sizeBytes}`;
  const seed = "streaming";
  const startedMs = performance.now();
  const body = { stream: streamOf(seed, sizeBytes), sizeBytes };
  const put = server.client.request({ method: "PUT", bucket: BUCKET, objectKey, body, timeoutMs: 300_000 });
  const up = await peakWhile(server, put);
  assert.equal(up.result.status, 200, String(up.result.body));
  const uploadedMs = performance.now();

  const hash = createHash("sha256");
  let received = 0;
  const onData = (piece: Buffer): void => {
    hash.update(piece);
    received += piece.length;
  };
  const down = await peakWhile(
    server,
    server.client.request({ method: "GET", bucket: BUCKET, objectKey, onData }),
  );
  const downloadedMs = performance.now();
  assert.equal(down.result.status, 200);
  assert.equal(received, sizeBytes);
  const expected = createHash("sha256");
  for await (const piece of streamOf(seed, sizeBytes)) expected.update(piece);
  assert.equal(hash.digest("hex"), expected.digest("hex"));
  const mebibytes = sizeBytes / MEBIBYTE;
  const figures = {
    upMiBps: (mebibytes / (uploadedMs - startedMs)) * 1000,
    downMiBps: (mebibytes / (downloadedMs - uploadedMs)) * 1000,
    peakUpMiB: up.peakBytes / MEBIBYTE,
    peakDownMiB: down.peakBytes / MEBIBYTE,
    peakResidentMiB: Math.max(up.residentBytes, down.residentBytes) / MEBIBYTE,
  };
  assert.ok(Math.max(up.peakBytes, down.peakBytes) < limitBytes, `memory: ${JSON.stringify(figures)}`);
  return figures;
}

export async function makeStreamingBucket(server: TestServer): Promise<void> {
  await server.makeBucket(BUCKET);
}

/** Readers that stop reading must not make the server hold what they do not take. */
export async function stallReaders(
  server: TestServer,
  readers: number,
  objectBytes: number,
): Promise<{ grownMiB: number }> {
  const objectKey = "stalled";
  const body = bytesOf(objectKey, objectBytes);
  assert.equal((await server.client.request({ method: "PUT", bucket: BUCKET, objectKey, body })).status, 200);
  const before = memoryBytes(server.process.pids()).shared;
  const { environment } = server;
  const { headers } = signHeaders({
    method: "GET",
    path: `/${BUCKET}/${objectKey}`,
    query: [],
    headers: { host: new URL(environment.endpoint).host },
    payloadHash: sha256Hex(""),
    credentials: environment.credentials,
    region: environment.region,
  });
  const sockets = await Promise.all(
    Array.from({ length: readers }, async () => {
      const socket = await openRaw(environment);
      socket.pause();
      socket.on("error", () => {});
      socket.write(printHead("GET", `/${BUCKET}/${objectKey}`, headers));
      return socket;
    }),
  );
  await sleep(3000);
  const grownMiB = (memoryBytes(server.process.pids()).shared - before) / MEBIBYTE;
  const got = await server.client.request({ method: "HEAD", bucket: BUCKET, objectKey });
  assert.equal(got.status, 200);
  for (const socket of sockets) socket.destroy();
  // All of it at once would be readers × objectBytes.
  assert.ok(
    grownMiB < 2.5 * readers + 60,
    `${readers} stalled readers of ${objectBytes / MEBIBYTE} MiB cost ${grownMiB.toFixed(0)} MiB`,
  );
  return { grownMiB };
}

/** Small ranges all over a large object: the server reads little more than what it answers. */
export async function readRanges(
  server: TestServer,
  objectBytes: number,
): Promise<{ ranges: number; readPerRangeKiB: number }> {
  const objectKey = "ranged";
  const body = bytesOf(objectKey, objectBytes);
  assert.equal((await server.client.request({ method: "PUT", bucket: BUCKET, objectKey, body })).status, 200);
  const ranges = 100;
  const pids = server.process.pids();
  const before = bytesRead(pids);
  for (let index = 0; index < ranges; index++) {
    const start = Math.floor((index * (objectBytes - 1000)) / ranges);
    const headers = { range: `bytes=${start}-${start + 999}` };
    const got = await server.client.request({ method: "GET", bucket: BUCKET, objectKey, headers });
    assert.equal(got.status, 206);
    assert.equal(got.headers["content-range"], `bytes ${start}-${start + 999}/${objectBytes}`);
    assert.ok(got.body.equals(body.subarray(start, start + 1000)), `range at ${start}`);
  }
  const readPerRangeKiB = (bytesRead(pids) - before) / ranges / 1024;
  assert.ok(readPerRangeKiB < 256, `${readPerRangeKiB.toFixed(0)} KiB are read for a range of 1 KB`);
  return { ranges, readPerRangeKiB };
}
