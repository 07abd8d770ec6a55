import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EnvelopeError } from "../envelope-error.ts";
import {
  CHUNK_SIZE_BYTES,
  chunkCount,
  HEADER_SIZE_BYTES,
  MAX_PLAINTEXT_SIZE_BYTES,
  plaintextSize,
  SEALED_CHUNK_SIZE_BYTES,
  sealedSize,
  spanOf,
} from "./sizes.ts";

const anySize = fc.oneof(
  fc.integer({ min: 0, max: 4 * CHUNK_SIZE_BYTES }),
  fc.maxSafeNat().map((size) => size % (MAX_PLAINTEXT_SIZE_BYTES + 1)),
  fc
    .tuple(fc.integer({ min: 0, max: 2 ** 20 }), fc.integer({ min: -1, max: 1 }))
    .map(([n, by]) => Math.max(0, n * CHUNK_SIZE_BYTES + by)),
);

const failsWith = (code: string) => (error: unknown) => error instanceof EnvelopeError && error.code === code;

test("[§5] sealed sizes of the borders", () => {
  const expected: [number, number][] = [
    [0, 88],
    [1, 89],
    [65535, 65623],
    [65536, 65624],
    [65537, 65641],
    [131072, 131176],
  ];
  for (const [plain, sealed] of expected) assert.equal(sealedSize(plain), sealed);
});

test("[§5] plaintextSize is the inverse of sealedSize", () => {
  fc.assert(fc.property(anySize, (size) => plaintextSize(sealedSize(size)) === size));
});

test("[§5] [R-13] every sealed size has one plaintext size or none", () => {
  let impossible = 0;
  for (let sealed = 0; sealed < HEADER_SIZE_BYTES + 2 * SEALED_CHUNK_SIZE_BYTES + 100; sealed++) {
    try {
      assert.equal(sealedSize(plaintextSize(sealed)), sealed);
    } catch (error) {
      if (!failsWith("Truncated")(error)) throw error;
      impossible++;
    }
  }
  // 88 sizes below the smallest, then 16 after each full chunk: a cut tag, or an empty chunk after others.
  assert.equal(impossible, 88 + 2 * 16);
});

test("[§5] sizes are monotonic and grow by 16 bytes for each chunk begun", () => {
  fc.assert(
    fc.property(anySize, (size) => {
      fc.pre(size < MAX_PLAINTEXT_SIZE_BYTES);
      const grown = sealedSize(size + 1) - sealedSize(size);
      return grown === (size > 0 && size % CHUNK_SIZE_BYTES === 0 ? 17 : 1);
    }),
  );
});

test("[§5] a span covers the range with the fewest chunks", () => {
  const range = anySize.chain((size) =>
    fc.tuple(fc.constant(size), fc.maxSafeNat(), fc.maxSafeNat()).map(([whole, a, b]) => {
      const [x, y] = [a % (whole + 1), b % (whole + 1)];
      return { size: whole, start: Math.min(x, y), end: Math.max(x, y) };
    }),
  );
  fc.assert(
    fc.property(range, ({ size, start, end }) => {
      const span = spanOf({ start, end }, size);
      assert.equal(span.sizeBytes, end - start);
      assert.ok(span.sealedEnd <= sealedSize(size));
      assert.equal(span.finalChunk, chunkCount(size) - 1);
      if (span.chunkCount === 0) return assert.equal(span.sealedStart, span.sealedEnd);
      assert.equal(span.sealedStart, HEADER_SIZE_BYTES + span.firstChunk * SEALED_CHUNK_SIZE_BYTES);
      assert.equal(span.firstChunk * CHUNK_SIZE_BYTES + span.skipBytes, start);
      assert.ok(span.skipBytes < CHUNK_SIZE_BYTES);
      const coveredEnd = Math.min((span.firstChunk + span.chunkCount) * CHUNK_SIZE_BYTES, size);
      assert.ok(coveredEnd >= end && coveredEnd - end < CHUNK_SIZE_BYTES);
      assert.equal(
        span.sealedEnd - span.sealedStart,
        coveredEnd - span.firstChunk * CHUNK_SIZE_BYTES + span.chunkCount * 16,
      );
    }),
  );
});

test("[§5] nothing of something needs no chunk, and all of nothing needs one", () => {
  assert.equal(spanOf({ start: 5, end: 5 }, 10).chunkCount, 0);
  assert.equal(spanOf({ start: 0, end: 0 }, 0).chunkCount, 1);
  assert.equal(spanOf({ start: 65536, end: 65536 }, 65536).chunkCount, 0);
});

test("[§7] ranges and sizes outside the object are refused", () => {
  const bad: [number, number][] = [
    [-1, 5],
    [6, 5],
    [0, 11],
    [11, 11],
    [0.5, 1],
    [0, Number.NaN],
    [0, Number.POSITIVE_INFINITY],
  ];
  for (const [start, end] of bad) assert.throws(() => spanOf({ start, end }, 10), failsWith("InvalidRange"));
  for (const size of [-1, 1.5, Number.NaN, MAX_PLAINTEXT_SIZE_BYTES + 1]) {
    assert.throws(() => sealedSize(size), failsWith("TooLarge"));
  }
  assert.equal(chunkCount(MAX_PLAINTEXT_SIZE_BYTES), 2 ** 32);
  for (const size of [-1, 1e300, Number.NaN, 88.5]) {
    assert.throws(() => plaintextSize(size), failsWith("Truncated"));
  }
});
