import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { BlobStore } from "../blobs/blob-store-port.ts";
import { createObjectStore } from "../create-object-store.ts";
import { createEngineFixture, putInput } from "../engine-fixture.ts";

/** Blobs of which each read that was begun must be ended, or its file stays open. */
function countReads(blobs: BlobStore): { readonly blobs: BlobStore; readonly open: () => number } {
  let open = 0;
  async function* read(...parameters: Parameters<BlobStore["read"]>): AsyncGenerator<Uint8Array> {
    open += 1;
    try {
      yield* blobs.read(...parameters);
    } finally {
      open -= 1;
    }
  }
  const counted: BlobStore = {
    read,
    write: (body) => blobs.write(body),
    delete: (id) => blobs.delete(id),
    list: () => blobs.list(),
  };
  return { blobs: counted, open: () => open };
}

test("whatever of a body is read, and wherever the reader stops, no file stays open", async () => {
  const fixture = createEngineFixture();
  const { blobs, open } = countReads(fixture.engine.blobs);
  const store = createObjectStore({ ...fixture.engine, blobs });
  await store.createBucket({ bucket: "bucket", ownerId: "owner", region: "us-east-1" });
  const plaintext = randomBytes(1_000_000);
  await store.putObject(putInput("bucket", "key", plaintext));
  for (const [start, end] of [
    [0, 1_000_000],
    [0, 10],
    [70_000, 70_010],
    [500_000, 900_000],
    [999_999, 1_000_000],
  ] as const) {
    const opened = await store.openObject({ bucket: "bucket", objectKey: "key" });
    const pieces: Uint8Array[] = [];
    for await (const piece of opened.read(start, end)) pieces.push(Buffer.from(piece));
    assert.deepEqual(Buffer.concat(pieces), plaintext.subarray(start, end));
    assert.equal(open(), 0, `bytes ${start} to ${end}`);
    for await (const piece of opened.read(start, end)) {
      assert.ok(piece.length > 0);
      break;
    }
    assert.equal(open(), 0, `the first of bytes ${start} to ${end}`);
  }
});

test("[L-150] stored bodies are opened in one place", () => {
  const folder = fileURLToPath(new URL("../", import.meta.url));
  const files = globSync("**/*.ts", { cwd: folder }).filter((file) => !file.endsWith(".test.ts"));
  const openers = files.filter((file) => readFileSync(`${folder}${file}`, "utf8").includes("new Opener("));
  assert.deepEqual(openers.toSorted(), ["bodies/open-body.ts"]);
});
