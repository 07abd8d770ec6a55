import assert from "node:assert/strict";
import { connect as connectPlain } from "node:net";
import { connect } from "node:tls";
import { openRaw } from "../../harness/raw-exchange.ts";
import { sha256Hex } from "../../harness/sigv4-signer.ts";
import { bytesOf } from "../../harness/test-bytes.ts";
import { type BadInputBench, type BadInputCase, CONTROL_BODY, CONTROL_KEY } from "./bad-input-bench.ts";

/** A PUT that is cut after so many bytes of head or body. */
async function cutPut(bench: BadInputBench, sizeBytes: number, sentBytes: number): Promise<void> {
  const objectKey = bench.newKey();
  const body = bytesOf("cut", sizeBytes);
  const headers = { "content-length": String(sizeBytes) };
  const { head } = bench.head({ objectKey, headers, payloadHash: sha256Hex(body) });
  const all = Buffer.concat([Buffer.from(head), body]);
  const cutAt = sentBytes < 0 ? head.length + sizeBytes + sentBytes : sentBytes;
  await bench.exchange({ send: [all.subarray(0, cutAt), 30], afterwards: "destroy" });
  bench.tally.add("sockets cut");
  await bench.assertNothingStored(objectKey, `cut after ${cutAt} bytes`);
}

const cuts: BadInputCase[] = [3000, 200_000, 3_000_000].flatMap((size) =>
  [0, 1, 20, 200, 700, 800, 1500, -1_500, -1].map((sent) => ({
    name: `PUT of ${size} bytes cut after ${sent < 0 ? `all but ${-sent}` : sent} bytes`,
    run: (bench) => cutPut(bench, size, sent),
  })),
);

/** A reader that goes away in the middle, and one that never reads. */
const readers: BadInputCase[] = [
  {
    name: "100 readers that go away in the middle of 5 MiB",
    run: async (bench) => {
      const objectKey = bench.newKey();
      const { client } = bench.server;
      const put = await client.request({
        method: "PUT",
        bucket: "bad-input",
        objectKey,
        body: bytesOf("readers", 5 << 20),
      });
      assert.equal(put.status, 200);
      for (let round = 0; round < 100; round++) {
        const { head } = bench.head({ method: "GET", objectKey });
        const socket = await openRaw(bench.server.environment);
        await new Promise<void>((resolve) => {
          socket.once("data", () => {
            socket.destroy();
            resolve();
          });
          socket.on("error", () => resolve());
          socket.write(head);
        });
        bench.tally.add("sockets cut");
      }
    },
  },
];

const handshakes: BadInputCase[] = [
  {
    name: "50 connections cut in the TLS handshake",
    run: async (bench) => {
      for (let round = 0; round < 50; round++) {
        const socket = connectPlain(bench.server.process.port, "127.0.0.1");
        await new Promise<void>((resolve) => {
          socket.on("error", () => resolve());
          socket.once("connect", () => {
            socket.write(Buffer.from("160301020001000001fc0303", "hex").subarray(0, 1 + (round % 12)));
            setTimeout(() => {
              socket.destroy();
              resolve();
            }, 2);
          });
        });
        bench.tally.add("sockets cut");
      }
    },
  },
  {
    name: "plain HTTP to the TLS port",
    run: async (bench) => {
      const socket = connectPlain(bench.server.process.port, "127.0.0.1");
      const text = await new Promise<string>((resolve) => {
        let received = "";
        socket.on("data", (piece) => {
          received += piece.toString("latin1");
        });
        socket.on("error", () => resolve(received));
        socket.once("close", () => resolve(received));
        socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
      });
      assert.ok(!text.includes("HTTP/1.1 200"), text.slice(0, 200));
      bench.tally.add("sockets cut");
    },
  },
];

const patience: BadInputCase[] = [
  {
    name: "slow-loris: a head that never ends is closed within 30 s, while others are served",
    run: async (bench) => {
      const drips = Array.from({ length: 80 }, (_, index): (string | number)[] => [
        `x-slow-${index}: 1\r\n`,
        500,
      ]).flat();
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          bench.exchange({
            send: ["GET / HTTP/1.1\r\nhost: x\r\n", ...drips],
            untilResponse: false,
            timeoutMs: 45_000,
          }),
        ).concat(
          (async () => {
            await bench.assertAlive("while others drip");
            return bench.exchange({ send: ["GET /-/health/live HTTP/1.1\r\nhost: x\r\n\r\n"] });
          })(),
        ),
      );
      for (const answer of answers.slice(0, 20)) {
        assert.notEqual(answer.end, "timeout", `still open after ${answer.afterMs} ms`);
        assert.ok(answer.afterMs < 31_000, `closed only after ${answer.afterMs} ms`);
        bench.tally.add("slow senders");
      }
      assert.equal(answers[20]?.status, 200);
    },
  },
  {
    name: "Expect: 100-continue is answered before the body, and refused before it",
    run: async (bench) => {
      const objectKey = bench.newKey();
      const body = Buffer.from("continued");
      const headers = { "content-length": String(body.length), expect: "100-continue" };
      const { head } = bench.head({ objectKey, headers, payloadHash: sha256Hex(body) });
      const accepted = await continued(bench, head, body);
      assert.equal(accepted.sawContinue, true);
      assert.equal(accepted.status, 200);
      const denied = bench.head({
        objectKey,
        headers,
        payloadHash: sha256Hex(body),
        credentials: { ...bench.server.environment.credentials, secretAccessKey: "wrong" },
      });
      const refused = await continued(bench, denied.head, body);
      assert.equal(refused.sawContinue, false, "the body was asked for before the signature was checked");
      assert.equal(refused.status, 403);
      bench.tally.add("bad inputs", 2);
    },
  },
  {
    name: "requests sent one after the other without waiting are answered in order",
    run: async (bench) => {
      const get = bench.head({ method: "GET", objectKey: CONTROL_KEY }).head;
      const missing = bench.head({ method: "GET", objectKey: "missing" }).head;
      const plan = { send: [get + missing + get], untilResponse: false, timeoutMs: 1500 };
      const { text } = await bench.exchange(plan);
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => match[1]);
      assert.deepEqual(statuses, ["200", "404", "200"]);
      assert.equal(text.split(CONTROL_BODY.toString()).length - 1, 2);
      bench.tally.add("bad inputs");
    },
  },
];

async function continued(
  bench: BadInputBench,
  head: string,
  body: Buffer,
): Promise<{ sawContinue: boolean; status: number }> {
  const socket = connect({
    host: "127.0.0.1",
    port: bench.server.process.port,
    ca: bench.server.environment.ca,
  });
  let text = "";
  let sawContinue = false;
  const status = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer: ${text}`)), 5000);
    socket.on("error", reject);
    socket.on("secureConnect", () => socket.write(head));
    socket.on("data", (piece: Buffer) => {
      text += piece.toString("latin1");
      if (!sawContinue && text.includes("HTTP/1.1 100")) {
        sawContinue = true;
        socket.write(body);
      }
      const final = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)]
        .map((match) => Number(match[1]))
        .find((code) => code !== 100);
      if (final === undefined) return;
      clearTimeout(timer);
      resolve(final);
    });
  });
  socket.destroy();
  return { sawContinue, status };
}

export const SOCKET_CASES: readonly BadInputCase[] = [...cuts, ...readers, ...handshakes];
export const PATIENCE_CASES: readonly BadInputCase[] = patience;
