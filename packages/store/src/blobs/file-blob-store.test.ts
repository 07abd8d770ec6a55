import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { describeBlobStore, idsOf, piecesOf, readAll } from "./blob-store-conformance.ts";
import { BlobMissingError } from "./blob-store-port.ts";
import { FileBlobStore } from "./file-blob-store.ts";

async function folderFor(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "strongroom-blobs-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describeBlobStore("FileBlobStore", async (context) => {
  const folder = await folderFor(context);
  let writes = 0;
  const writer = new FileBlobStore({ folder, incarnation: "writer", isLive: () => true });
  // Listing is for the sweep: another life looks, and takes the writer for dead once it writes no more.
  const sweeper = new FileBlobStore({ folder, incarnation: "sweeper", isLive: () => writes > 0 });
  return {
    write: async (body) => {
      writes++;
      try {
        return await writer.write(body);
      } finally {
        writes--;
      }
    },
    read: (id, start, end, mustEnd) => writer.read(id, start, end, mustEnd),
    delete: (id) => writer.delete(id),
    list: () => sweeper.list(),
  };
});

test("list names what dead lives left and nothing of live ones", async (context) => {
  const folder = await folderFor(context);
  const live = new Set(["one", "two"]);
  const open = (incarnation: string) =>
    new FileBlobStore({ folder, incarnation, isLive: (id) => live.has(id) });
  const one = await open("one").write(piecesOf([Buffer.from("a")]));
  await open("two").write(piecesOf([Buffer.from("b")]));
  assert.deepEqual(await idsOf(open("three")), []);
  live.delete("one");
  assert.deepEqual(await idsOf(open("three")), [one.id]);
  await open("three").delete(one.id);
  assert.deepEqual(await readdir(folder), ["two"]);
});

test("a shortened file and a foreign id are missing blobs", async (context) => {
  const folder = await folderFor(context);
  const store = new FileBlobStore({ folder, incarnation: "w", isLive: () => false });
  const { id } = await store.write(piecesOf([Buffer.alloc(600_000, 1)]));
  await truncate(join(folder, ...id.split(".")), 400_000);
  await assert.rejects(readAll(store, id, 0, 600_000), BlobMissingError);
  for (const bad of ["", "../../etc/passwd", "w.0.../x", `w.0.${"z".repeat(32)}`, `W.0.${"0".repeat(32)}`]) {
    await assert.rejects(readAll(store, bad, 0, 1), BlobMissingError);
  }
});

test("[L-41] a write that fails leaves no file behind", async (context) => {
  const folder = await folderFor(context);
  const store = new FileBlobStore({ folder, incarnation: "w", isLive: () => false });
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(2_000_000, 7);
    throw new RangeError("the sender went away");
  }
  await assert.rejects(store.write(failing()), RangeError);
  assert.deepEqual(await readdir(join(folder, "w", "0")), []);
  await writeFile(join(folder, "stray"), "x");
  assert.deepEqual(await idsOf(new FileBlobStore({ folder, incarnation: "v", isLive: () => false })), []);
});
