import assert from "node:assert/strict";
import { test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import fc from "fast-check";
import { EnvelopeError } from "../envelope-error.ts";
import { sampleBytes } from "../vectors/sample-bytes.ts";
import { createNonce, setNonce } from "./chunk-nonce.ts";
import { Opener, openObject, openSmall } from "./open.ts";
import { Sealer, sealObject, sealSmall } from "./seal.ts";
import {
  CHUNK_SIZE_BYTES,
  HEADER_SIZE_BYTES,
  MAX_CHUNKS,
  plaintextSize,
  sealedSize,
  spanOf,
} from "./sizes.ts";

const dataKey = SecretBytes.random(32);
const BORDERS = [0, 1, 65535, 65536, 65537, 131071, 131072, 131073, 200000];
const anySize = fc.oneof(fc.constantFrom(...BORDERS), fc.integer({ min: 0, max: 300_000 }));
const anyPieces = fc.array(fc.oneof(fc.nat(10), fc.nat(70_000), fc.constant(CHUNK_SIZE_BYTES)), {
  maxLength: 8,
});

/** `bytes` in pieces of these sizes, over and over; the piece last handed out is destroyed when the next is asked for. */
async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  const useful = sizes.some((size) => size > 100) ? sizes : [...sizes, 50_000];
  let offset = 0;
  for (let at = 0; offset < bytes.length; at++) {
    const piece = Uint8Array.from(bytes.subarray(offset, offset + (useful[at % useful.length] ?? 1)));
    offset += piece.length;
    yield piece;
    piece.fill(0xee);
  }
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

test("[§2] any chunking of the input seals to an object that opens to the same plaintext", async () => {
  await fc.assert(
    fc.asyncProperty(anySize, anyPieces, anyPieces, async (size, written, read) => {
      const plaintext = sampleBytes(size);
      const sealed = await collect(sealObject(inPieces(plaintext, written), dataKey));
      assert.equal(sealed.length, sealedSize(size));
      assert.equal(plaintextSize(sealed.length), size);
      assert.ok(openSmall(dataKey, sealed, undefined, size).equals(plaintext));
      const span = spanOf({ start: 0, end: size }, size);
      const body = inPieces(sealed.subarray(HEADER_SIZE_BYTES), read);
      assert.ok((await collect(openObject(body, new Opener(dataKey, sealed), span))).equals(plaintext));
    }),
    { numRuns: 60 },
  );
});

test("[§5] any range equals the slice, whole and streamed", async () => {
  await fc.assert(
    fc.asyncProperty(anySize, fc.nat(), fc.nat(), anyPieces, async (size, a, b, read) => {
      const [x, y] = [a % (size + 1), b % (size + 1)];
      const range = { start: Math.min(x, y), end: Math.max(x, y) };
      const plaintext = sampleBytes(size);
      const sealed = sealSmall(dataKey, plaintext);
      const expected = plaintext.subarray(range.start, range.end);
      assert.ok(openSmall(dataKey, sealed, range, size).equals(expected));
      const span = spanOf(range, size);
      const body = inPieces(sealed.subarray(span.sealedStart, span.sealedEnd), read);
      assert.ok((await collect(openObject(body, new Opener(dataKey, sealed), span))).equals(expected));
    }),
    { numRuns: 80 },
  );
});

test("[§2] one byte at a time makes the same layout", () => {
  const sealer = new Sealer(dataKey);
  const out = [sealer.header()];
  const plaintext = sampleBytes(CHUNK_SIZE_BYTES + 3);
  for (const byte of plaintext) out.push(...sealer.update(Uint8Array.of(byte)));
  out.push(...sealer.final());
  assert.ok(openSmall(dataKey, Buffer.concat(out), undefined, plaintext.length).equals(plaintext));
});

test("[§2] a sealer holds back one chunk at most, and exactly one at a border", () => {
  const sealer = new Sealer(dataKey);
  assert.equal(sealer.update(sampleBytes(CHUNK_SIZE_BYTES)).length, 0);
  assert.equal(Buffer.concat(sealer.update(sampleBytes(1))).length, CHUNK_SIZE_BYTES + 16);
  assert.equal(
    Buffer.concat(sealer.update(sampleBytes(3 * CHUNK_SIZE_BYTES))).length,
    3 * (CHUNK_SIZE_BYTES + 16),
  );
  assert.equal(Buffer.concat(sealer.final()).length, 1 + 16);
  assert.throws(() => sealer.update(sampleBytes(1)), { code: "Misuse" });
  assert.throws(() => sealer.final(), { code: "Misuse" });
});

test("[L-1] [L-2] [L-3] sealing the same bytes twice under one data key shares no keystream", () => {
  const one = sealSmall(dataKey, Buffer.alloc(1000));
  const two = sealSmall(dataKey, Buffer.alloc(1000));
  const keystreams = new Set<string>();
  for (const sealed of [one, two]) {
    for (let at = HEADER_SIZE_BYTES; at + 16 <= HEADER_SIZE_BYTES + 992; at += 16) {
      keystreams.add(sealed.toString("hex", at, at + 16));
    }
  }
  assert.equal(keystreams.size, 2 * 62);
});

test("[L-3] chunks of one object differ though their plaintext repeats", () => {
  const sealed = sealSmall(dataKey, Buffer.alloc(3 * CHUNK_SIZE_BYTES));
  const heads = [0, 1, 2].map((at) => sealed.toString("hex", HEADER_SIZE_BYTES + at * 65552).slice(0, 32));
  assert.equal(new Set(heads).size, 3);
});

test("[R-10] [L-9] the counter fills its field and then fails instead of wrapping", () => {
  const nonce = createNonce();
  setNonce(nonce, MAX_CHUNKS - 1, true);
  assert.equal(nonce.toString("hex"), "00000000000000ffffffff01");
  setNonce(nonce, 1, false);
  assert.equal(nonce.toString("hex"), "000000000000000000000100");
  for (const chunk of [MAX_CHUNKS, -1, 0.5, Number.NaN, Number.MAX_SAFE_INTEGER]) {
    assert.throws(() => setNonce(nonce, chunk, false), { code: "TooLarge" });
  }
  const opener = new Opener(dataKey, sealSmall(dataKey, sampleBytes(1)));
  assert.throws(() => opener.openChunk(MAX_CHUNKS, true, Buffer.alloc(17)), { code: "TooLarge" });
});

test("[§4] wiping the data key after construction does not disturb sealing or opening", () => {
  const copy = new SecretBytes(Buffer.from(dataKey.expose()));
  const sealer = new Sealer(copy);
  copy.wipe();
  const sealed = Buffer.concat([sealer.header(), ...sealer.update(sampleBytes(9)), ...sealer.final()]);
  assert.ok(openSmall(dataKey, sealed, undefined, 9).equals(sampleBytes(9)));
});

test("[R-14] a data key that is not 32 bytes is refused", () => {
  for (const size of [0, 16, 31, 33, 64]) {
    assert.throws(() => sealSmall(new SecretBytes(Buffer.alloc(size)), sampleBytes(1)), {
      code: "InvalidDataKey",
    });
  }
});

test("[§2] an error of the body passes through and no final chunk follows", async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield sampleBytes(70_000);
    throw new Error("the client went away");
  }
  let sealedBytes = 0;
  await assert.rejects(async () => {
    for await (const piece of sealObject(failing(), dataKey)) sealedBytes += piece.length;
  }, /went away/);
  assert.equal(sealedBytes, HEADER_SIZE_BYTES + 65552);
});

test("a failed opening says nothing about keys or content", () => {
  const sealed = sealSmall(dataKey, Buffer.from("canary"));
  sealed[80] = (sealed[80] ?? 0) ^ 1;
  assert.throws(
    () => openSmall(dataKey, sealed, undefined, 6),
    (error) =>
      error instanceof EnvelopeError &&
      error.kind === "integrity" &&
      !/canary|[0-9a-f]{16}/.test(error.message),
  );
});
