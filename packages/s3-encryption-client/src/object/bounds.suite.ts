// What takes long to show: that streams need bounded memory, and that unpadding RSA takes the same time whatever it finds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { decryptObject } from "../client/decrypt-object.ts";
import { encryptObjectStream } from "../client/encrypt-object.ts";
import { Upload } from "../client/upload.ts";
import { AesKeyring } from "../keyrings/aes-keyring.ts";
import { unpadPkcs1 } from "../keyrings/legacy-rsa-wraps.ts";
import { AES_KEY, sampleClient, TARGET } from "../testing/sample-client.ts";

const MIB = 1024 * 1024;
const STREAM_BYTES = 1536 * MIB;
const LOOK_EVERY_BYTES = 32 * MIB;
const MAX_GROWTH_BYTES = 160 * MIB;
const keyring = new AesKeyring({ key: AES_KEY });

async function* zeros(size: number): AsyncGenerator<Uint8Array> {
  const block = new Uint8Array(MIB);
  for (let at = 0; at < size; at += block.length) yield block;
}

setFlagsFromString("--expose-gc");
const collectGarbage: unknown = runInNewContext("gc");

/** What is in use once garbage is gone. The resident size would tell how lazily it is collected. */
function usedBytes(): number {
  if (typeof collectGarbage !== "function") throw new Error("no garbage collection at will here");
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Runs, and returns the most that memory in use grew meanwhile: looked at when told. */
async function growth(run: (look: () => void) => Promise<void>): Promise<number> {
  const before = usedBytes();
  let most = 0;
  await run(() => {
    most = Math.max(most, usedBytes() - before);
  });
  return most;
}

test(`${STREAM_BYTES / MIB} MiB are encrypted and decrypted as a stream in bounded memory`, async (t) => {
  let count = 0;
  const grown = await growth(async (look) => {
    const { body, metadata } = await encryptObjectStream(zeros(STREAM_BYTES), { keyring });
    const opened = await decryptObject({ body, metadata }, { keyring, enableDelayedAuthentication: true });
    for await (const chunk of opened.body) {
      const isTime =
        Math.trunc(count / LOOK_EVERY_BYTES) < Math.trunc((count + chunk.length) / LOOK_EVERY_BYTES);
      count += chunk.length;
      if (isTime) look();
    }
  });
  assert.equal(count, STREAM_BYTES);
  t.diagnostic(`${Math.round(grown / MIB)} MiB more memory at most`);
  assert.equal(grown < MAX_GROWTH_BYTES, true, `${grown} bytes`);
});

test("an upload needs memory for the parts that are on their way, not for its length", async (t) => {
  const { s3, client } = sampleClient();
  const { parts } = { parts: new Set<string>() };
  const grown = await growth(async (look) => {
    s3.meddle = ({ target, body }) => {
      if (body.length > 0) parts.add(target);
      // The store in memory would keep what was sent: it is let go of as soon as it was seen.
      s3.requests.length = 0;
      s3.forgetParts();
      look();
      return undefined;
    };
    await new Upload({
      client,
      params: { ...TARGET, Body: zeros(512 * MIB) as never },
      partSize: 8 * MIB,
    }).done();
  });
  assert.equal(parts.size >= 64, true);
  t.diagnostic(`${Math.round(grown / MIB)} MiB more memory at most`);
  assert.equal(grown < 2 * MAX_GROWTH_BYTES, true, `${grown} bytes`);
});

test("unpadding PKCS#1 v1.5 takes the same time for good and for bad padding", (t) => {
  const good = new Uint8Array(256).fill(0xaa);
  good.set([0, 2]);
  good[256 - 33] = 0;
  const blocks = [good, good.with(1, 3), good.with(5, 0), good.with(256 - 33, 1), new Uint8Array(256)];
  const measure = (): number[] => {
    const times = blocks.map(() => Number.POSITIVE_INFINITY);
    for (let round = 0; round < 60; round++) {
      for (const [at, block] of blocks.entries()) {
        const start = process.hrtime.bigint();
        for (let count = 0; count < 400; count++) unpadPkcs1(block);
        times[at] = Math.min(times[at] ?? 0, Number(process.hrtime.bigint() - start) / 400);
      }
    }
    return times;
  };
  // What padding decides is there each time; what neighbours on the machine do is not.
  let ratio = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 5 && ratio >= 1.25; attempt++) {
    const times = measure();
    ratio = Math.max(...times) / Math.min(...times);
    t.diagnostic(times.map((each) => `${Math.round(each)} ns`).join(", "));
  }
  assert.equal(ratio < 1.25, true, `the slowest takes ${ratio} times the fastest`);
});
