import assert from "node:assert/strict";
import { test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import fc from "fast-check";
import { EnvelopeError } from "../envelope-error.ts";
import { sampleBytes } from "../vectors/sample-bytes.ts";
import { Opener, openObject, openSmall } from "./open.ts";
import { sealSmall } from "./seal.ts";
import { CHUNK_SIZE_BYTES, HEADER_SIZE_BYTES, SEALED_CHUNK_SIZE_BYTES, spanOf } from "./sizes.ts";

const dataKey = SecretBytes.random(32);
const SIZE = 2 * CHUNK_SIZE_BYTES + 1000;
const object = sealSmall(dataKey, sampleBytes(SIZE));
const header = object.subarray(0, HEADER_SIZE_BYTES);
const chunks = [0, 1, 2].map((at) => {
  const start = HEADER_SIZE_BYTES + at * SEALED_CHUNK_SIZE_BYTES;
  return object.subarray(start, start + SEALED_CHUNK_SIZE_BYTES);
});
const [first = header, second = header, last = header] = chunks;

const code = (wanted: string) => (error: unknown) => error instanceof EnvelopeError && error.code === wanted;
const isIntegrity = (error: unknown): boolean => error instanceof EnvelopeError && error.kind === "integrity";

/** Streams a whole object; counts what was released before the error. */
async function stream(
  parts: readonly Uint8Array[],
  statedSize: number,
): Promise<{ bytes: Buffer; error: unknown }> {
  const released: Buffer[] = [];
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* parts;
  }
  try {
    const span = spanOf({ start: 0, end: statedSize }, statedSize);
    for await (const piece of openObject(body(), new Opener(dataKey, header), span))
      released.push(Buffer.from(piece));
    return { bytes: Buffer.concat(released), error: null };
  } catch (error) {
    return { bytes: Buffer.concat(released), error };
  }
}

/** Must fail, and what left before must be a genuine prefix. */
async function rejects(parts: readonly Uint8Array[], statedSize = SIZE): Promise<void> {
  const { bytes, error } = await stream(parts, statedSize);
  assert.ok(isIntegrity(error), `accepted, or failed otherwise: ${String(error)}`);
  assert.ok(sampleBytes(SIZE).subarray(0, bytes.length).equals(bytes));
}

test("[L-25] each bit of each byte of a small object matters, whole and in any range", () => {
  const plaintext = sampleBytes(40);
  const sealed = sealSmall(dataKey, plaintext);
  let checked = 0;
  for (let at = 0; at < sealed.length; at++) {
    for (const bit of [1, 0x80]) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ bit;
      assert.throws(() => openSmall(dataKey, changed, undefined, 40), isIntegrity);
      assert.throws(() => openSmall(dataKey, changed, { start: 3, end: 4 }, 40), isIntegrity);
      checked += 2;
    }
  }
  assert.equal(checked, 4 * (72 + 40 + 16));
});

test("[R-1] [L-34] every length of header under 72 bytes", () => {
  for (let size = 0; size < HEADER_SIZE_BYTES; size++) {
    assert.throws(() => new Opener(dataKey, header.subarray(0, size)), code("Truncated"));
  }
});

test("[R-2] [R-3] [R-4] [R-5] every other value of the fixed bytes of the header", () => {
  for (let at = 0; at < 8; at++) {
    for (let value = 0; value < 256; value++) {
      if (value === header[at]) continue;
      const changed = Buffer.from(header);
      changed[at] = value;
      const expected = at < 4 ? "Malformed" : "UnsupportedVersion";
      assert.throws(() => new Opener(dataKey, changed), code(expected));
    }
  }
});

test("[R-6] [L-26] another data key, and a commitment that is zeroed, is refused before any chunk is opened", () => {
  assert.throws(() => new Opener(SecretBytes.random(32), header), code("WrongKey"));
  const cleared = Buffer.from(header);
  cleared.fill(0, 40);
  assert.throws(() => new Opener(dataKey, cleared), code("WrongKey"));
  // No chunk is needed to find out.
  assert.throws(() => openSmall(SecretBytes.random(32), header, undefined, 0), code("WrongKey"));
});

test("[R-7] [L-11] chunks in any other order", async () => {
  await rejects([second, first, last]);
  await rejects([first, first, last]);
  await rejects([last, second, first]);
  assert.equal((await stream(chunks, SIZE)).error, null);
});

test("[R-7] [L-20] chunks moved in from another object, also one under the same data key", async () => {
  for (const otherKey of [dataKey, SecretBytes.random(32)]) {
    const other = sealSmall(otherKey, sampleBytes(SIZE));
    const foreign = other.subarray(HEADER_SIZE_BYTES, HEADER_SIZE_BYTES + SEALED_CHUNK_SIZE_BYTES);
    await rejects([foreign, second, last]);
    const foreignLast = other.subarray(HEADER_SIZE_BYTES + 2 * SEALED_CHUNK_SIZE_BYTES);
    await rejects([first, second, foreignLast]);
  }
});

test("[R-7] a chunk under the header of another object of the same data key", () => {
  const other = sealSmall(dataKey, sampleBytes(SIZE));
  assert.throws(() => new Opener(dataKey, other).openChunk(0, false, first), code("Tampered"));
});

test("[R-7] [L-23] a final chunk as non-final, a non-final one as final", async () => {
  const opener = new Opener(dataKey, header);
  assert.throws(() => opener.openChunk(1, true, second), code("Tampered"));
  const exact = sealSmall(dataKey, sampleBytes(CHUNK_SIZE_BYTES));
  const body = exact.subarray(HEADER_SIZE_BYTES);
  assert.throws(() => new Opener(dataKey, exact).openChunk(0, false, body), code("Tampered"));
  // The stated size made to fit a cut after the second chunk.
  await rejects([first, second], 2 * CHUNK_SIZE_BYTES);
  await rejects([first], CHUNK_SIZE_BYTES);
});

test("[R-8] [R-9] [L-34] chunks of every odd length", () => {
  const opener = new Opener(dataKey, header);
  for (const size of [0, 1, 15, 16, 17, 1000, SEALED_CHUNK_SIZE_BYTES - 1]) {
    assert.throws(() => opener.openChunk(0, false, first.subarray(0, size)), code("Truncated"));
  }
  for (const size of [0, 1, 15, 16]) {
    assert.throws(() => opener.openChunk(2, true, last.subarray(0, size)), code("Truncated"));
  }
  const long = Buffer.concat([first, Buffer.alloc(1)]);
  assert.throws(() => opener.openChunk(0, false, long), code("Truncated"));
  assert.throws(() => opener.openChunk(0, true, long), code("Tampered"));
});

test("[R-11] [L-23] cut after each chunk, and inside each", async () => {
  await rejects([]);
  await rejects([first]);
  await rejects([first, second]);
  await rejects([first, second, last.subarray(0, -1)]);
  await rejects([first, second.subarray(0, 5)]);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: HEADER_SIZE_BYTES, max: object.length - 1 }), async (cut) => {
      await rejects([object.subarray(HEADER_SIZE_BYTES, cut)]);
    }),
    { numRuns: 50 },
  );
});

test("[R-12] [L-23] bytes after the end: one, a repeated final chunk, a foreign one", async () => {
  await rejects([...chunks, Uint8Array.of(0)]);
  await rejects([...chunks, last]);
  await rejects([Buffer.concat([...chunks, first])]);
});

test("[R-13] a whole object whose size is not that of the stated plaintext", () => {
  const sealed = sealSmall(dataKey, sampleBytes(40));
  assert.throws(() => openSmall(dataKey, sealed.subarray(0, -1), undefined, 40), code("Truncated"));
  assert.throws(() => openSmall(dataKey, Buffer.concat([sealed, sealed]), undefined, 40), code("Tampered"));
  for (const stated of [0, 39, 41, 65536]) {
    assert.throws(() => openSmall(dataKey, sealed, undefined, stated), isIntegrity);
  }
});

test("[R-9] the one empty chunk of an empty object is authenticated", async () => {
  const empty = sealSmall(dataKey, Buffer.alloc(0));
  assert.equal(openSmall(dataKey, empty, undefined, 0).length, 0);
  const changed = Buffer.from(empty);
  changed[87] = (changed[87] ?? 0) ^ 1;
  assert.throws(() => openSmall(dataKey, changed, undefined, 0), code("Tampered"));
  assert.throws(() => openSmall(dataKey, empty.subarray(0, 72), undefined, 0), code("Truncated"));
});

test("[R-7] what does not verify is wiped, and later chunks of the object still open", () => {
  const opener = new Opener(dataKey, header);
  const changed = Buffer.from(first);
  changed[100] = (changed[100] ?? 0) ^ 1;
  assert.throws(() => opener.openChunk(0, false, changed), code("Tampered"));
  assert.ok(opener.openChunk(2, true, last).equals(sampleBytes(SIZE).subarray(2 * CHUNK_SIZE_BYTES)));
});

test("[L-34] [L-35] anything at all is opened or refused with an EnvelopeError", () => {
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 200 }).map((tail) => Buffer.concat([header, tail])),
  );
  fc.assert(
    fc.property(garbage, fc.integer({ min: -5, max: 400 }), (sealed, stated) => {
      try {
        openSmall(dataKey, sealed, undefined, stated);
        return false;
      } catch (error) {
        return error instanceof EnvelopeError;
      }
    }),
  );
});
