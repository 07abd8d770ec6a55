import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import { BlobMissingError, type BlobStore } from "./blob-store-port.ts";

/** Opens an empty store; cleans up with `context.after`. */
export type BlobStoreFactory = (context: TestContext) => Promise<BlobStore>;

/** The suite every `BlobStore` driver runs: the port's contract, clause by clause. */
export function describeBlobStore(name: string, open: BlobStoreFactory): void {
  describe(`${name} keeps the BlobStore contract`, () => {
    describeRoundTrips(open);
    describeFailures(open);
    describeListing(open);
  });
}

function describeRoundTrips(open: BlobStoreFactory): void {
  it("reads back what was written, whatever the pieces", async (context) => {
    const store = await open(context);
    const sizes = fc.array(fc.oneof(fc.nat(100), fc.nat(600_000)), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.double({ min: 0, max: 1, noNaN: true }), async (pieceSizes, cut) => {
        const pieces = pieceSizes.map((size) => randomBytes(size));
        const whole = Buffer.concat(pieces);
        const stored = await store.write(piecesOf(pieces));
        assert.equal(stored.sizeBytes, whole.length);
        assert.deepEqual(await readAll(store, stored.id, 0, whole.length), whole);
        const start = Math.floor(whole.length * cut * cut);
        const end = Math.max(start, Math.floor(whole.length * cut));
        assert.deepEqual(await readAll(store, stored.id, start, end), whole.subarray(start, end));
        await store.delete(stored.id);
      }),
      { numRuns: 25 },
    );
  });

  it("[L-23] tells when a blob goes on after its end", async (context) => {
    const store = await open(context);
    const { id } = await store.write(piecesOf([Buffer.alloc(1000, 1)]));
    assert.equal((await Array.fromAsync(store.read(id, 10, 1000, true))).length, 1);
    assert.equal((await Array.fromAsync(store.read(id, 10, 900))).length, 1);
    await assert.rejects(Array.fromAsync(store.read(id, 10, 900, true)), BlobMissingError);
  });

  it("keeps an empty blob", async (context) => {
    const store = await open(context);
    const stored = await store.write(piecesOf([]));
    assert.equal(stored.sizeBytes, 0);
    assert.equal((await readAll(store, stored.id, 0, 0)).length, 0);
  });

  it("keeps blobs written at the same time apart, under different ids", async (context) => {
    const store = await open(context);
    const bodies = Array.from({ length: 12 }, (_, at) => randomBytes(1 + at * 90_000));
    const stored = await Promise.all(bodies.map((bytes) => store.write(piecesOf([bytes]))));
    assert.equal(new Set(stored.map((blob) => blob.id)).size, bodies.length);
    const read = await Promise.all(stored.map((blob) => readAll(store, blob.id, 0, blob.sizeBytes)));
    assert.deepEqual(read, bodies);
  });

  it("ends a read early without harm", async (context) => {
    const store = await open(context);
    const stored = await store.write(piecesOf([randomBytes(3_000_000)]));
    for await (const piece of store.read(stored.id, 0, stored.sizeBytes)) {
      assert.ok(piece.length > 0);
      break;
    }
    assert.equal((await readAll(store, stored.id, 2_999_000, 3_000_000)).length, 1000);
  });
}

function describeFailures(open: BlobStoreFactory): void {
  it("keeps nothing of a body that throws, and passes its error on", async (context) => {
    const store = await open(context);
    const failure = new Error("the client went away");
    async function* body(): AsyncIterable<Uint8Array> {
      yield randomBytes(2_000_000);
      throw failure;
    }
    await assert.rejects(store.write(body()), (error) => error === failure);
    assert.deepEqual(await idsOf(store), []);
  });

  it("reports a missing blob", async (context) => {
    const store = await open(context);
    const stored = await store.write(piecesOf([randomBytes(10)]));
    await store.delete(stored.id);
    await assert.rejects(readAll(store, stored.id, 0, 10), BlobMissingError);
    await assert.rejects(readAll(store, stored.id, 0, 0), BlobMissingError);
  });

  it("reports a blob shorter than the range", async (context) => {
    const store = await open(context);
    const stored = await store.write(piecesOf([randomBytes(1000)]));
    await assert.rejects(readAll(store, stored.id, 0, 1001), BlobMissingError);
    await assert.rejects(readAll(store, stored.id, 5000, 5001), BlobMissingError);
  });

  it("takes ids it never gave as missing, not as paths", async (context) => {
    const store = await open(context);
    for (const id of ["", "..", "../..", "a/../../b", "/etc/hostname", "no-such-blob", "\0"]) {
      await assert.rejects(readAll(store, id, 0, 1), BlobMissingError);
      await store.delete(id);
    }
  });

  it("deletes twice without an error", async (context) => {
    const store = await open(context);
    const stored = await store.write(piecesOf([randomBytes(10)]));
    await store.delete(stored.id);
    await store.delete(stored.id);
  });
}

function describeListing(open: BlobStoreFactory): void {
  it("does not list a blob that is still being written", async (context) => {
    const store = await open(context);
    let seen: readonly string[] = ["never looked"];
    async function* body(): AsyncIterable<Uint8Array> {
      yield randomBytes(2_000_000);
      seen = await idsOf(store);
    }
    await store.write(body());
    assert.deepEqual(seen, []);
  });

  it("lists only ids it gave, each once", async (context) => {
    const store = await open(context);
    const given = new Set<string>();
    for (let at = 0; at < 5; at++) given.add((await store.write(piecesOf([randomBytes(at)]))).id);
    const listed = await idsOf(store);
    assert.equal(new Set(listed).size, listed.length);
    assert.ok(listed.every((id) => given.has(id)));
  });
}

export async function* piecesOf(pieces: Iterable<Uint8Array>): AsyncIterable<Uint8Array> {
  yield* pieces;
}

/** Reads a range whole, copying every piece before asking for the next, as the port's consumers must. */
export async function readAll(store: BlobStore, id: string, start: number, end: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of store.read(id, start, end)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

export async function idsOf(store: BlobStore): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const id of store.list()) ids.push(id);
  return ids;
}
