import assert from "node:assert/strict";
import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type IndexBatch, IndexIntegrityError } from "../index-port.ts";
import { MapPageStore } from "./map-page-store.ts";
import { SealedTree } from "./sealed-tree.ts";

const EVERYTHING = { from: Buffer.alloc(0), to: Buffer.alloc(64, 0xff), limit: 1_000_000 };
const CACHE_BYTES = 1024 * 1024;
/** Pages of a few records, so that a few hundred records make a tree of several levels. */
const SMALL = { pageBytes: 400, inlineBytes: 60 };

describe("SealedTree", () => {
  it("stays well formed, and leaks no page, under random insertions and deletions", async () => {
    const step = fc.record({
      puts: fc.array(fc.tuple(fc.nat(300), fc.nat(150)), { maxLength: 60 }),
      deletes: fc.array(fc.tuple(fc.nat(300), fc.nat(80)), { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const { tree, store } = emptyTree();
        const model = new Map<string, number>();
        for (const { puts, deletes } of steps) {
          const removed = deletes.flatMap(([start, length]) =>
            Array.from({ length }, (_, at) => nameAt(start + at)),
          );
          const added = puts.map(([at, size]) => ({ name: nameAt(at), size }));
          for (const name of removed) model.delete(name);
          for (const { name, size } of added) model.set(name, size);
          apply(tree, store, {
            deletes: removed.map((name) => Buffer.from(name)),
            puts: added.map(({ name, size }) => ({ key: Buffer.from(name), value: Buffer.alloc(size, 1) })),
          });
          await requireSound(tree, store);
        }
        const found = tree.list(store, EVERYTHING).map(({ key, value }) => [key.toString(), value.length]);
        assert.deepEqual(
          found,
          [...model].sort(([a], [b]) => (a < b ? -1 : 1)),
        );
      }),
      { numRuns: 40 },
    );
  });

  it("shrinks to nothing when everything is deleted, one at a time or at once", async () => {
    for (const together of [1, 7, 400]) {
      const { tree, store } = filledTree(400);
      for (let at = 0; at < 400; at += together) {
        const deletes = Array.from({ length: together }, (_, more) =>
          Buffer.from(nameAt(((at + more) * 7) % 400)),
        );
        apply(tree, store, { deletes });
      }
      const report = await requireSound(tree, store);
      assert.equal(report.records, 0);
      assert.equal(report.height, 0);
      assert.equal(store.pages.size, 1);
    }
  });

  it("fills pages when keys arrive in order, and keeps them over half full when they do not", async () => {
    const inOrder = emptyTree({ pageBytes: 4000, inlineBytes: 500 });
    const shuffled = emptyTree({ pageBytes: 4000, inlineBytes: 500 });
    for (let at = 0; at < 3000; at++) {
      const put = (number: number) => ({
        puts: [{ key: Buffer.from(nameAt(number)), value: Buffer.alloc(100) }],
      });
      apply(inOrder.tree, inOrder.store, put(at));
      apply(shuffled.tree, shuffled.store, put((at * 7919) % 3000));
    }
    const fill = async ({ tree, store }: ReturnType<typeof emptyTree>) => {
      const report = await requireSound(tree, store);
      return report.pageBytes / (report.leaves + report.branches) / 4000;
    };
    assert.ok((await fill(inOrder)) > 0.9);
    assert.ok((await fill(shuffled)) > 0.5);
  });

  it("keeps keys of the greatest size, which fill a page each", async () => {
    const { tree, store } = emptyTree();
    const puts = Array.from({ length: 40 }, (_, at) => ({
      key: Buffer.concat([Buffer.alloc(4094, 0x61), Buffer.from([at >> 4, at & 15])]),
      value: Buffer.alloc(60),
    }));
    for (const put of puts) apply(tree, store, { puts: [put] });
    assert.equal((await requireSound(tree, store)).records, 40);
    assert.equal(tree.list(store, EVERYTHING).length, 40);
  });

  it("seals shared pages once for all batches of a group", () => {
    const { tree, store } = filledTree(400);
    const before = new Map(store.pages);
    const batches = Array.from({ length: 8 }, (_, at) => ({
      puts: [{ key: Buffer.from(nameAt(at)), value: Buffer.alloc(20, 9) }],
    }));
    const writesOf = (group: readonly IndexBatch[]): number => {
      let writes = 0;
      tree.prepare(store, group).writeTo({ get: () => undefined, put: () => writes++, delete: () => {} });
      return writes;
    };
    const together = writesOf(batches);
    const apart = batches.reduce((sum, batch) => sum + writesOf([batch]), 0);
    assert.ok(together * 3 < apart, `${together} records together, ${apart} apart`);
    assert.deepEqual(store.pages, before, "nothing is stored before writeTo");
  });

  it("serves nothing from a group that was not stored", () => {
    const { tree, store } = filledTree(50);
    tree.prepare(store, [{ puts: [{ key: Buffer.from(nameAt(3)), value: Buffer.from("lost") }] }]);
    assert.notEqual(tree.get(store, Buffer.from(nameAt(3)))?.value.toString(), "lost");
  });
});

describe("SealedTree refuses a store that was altered", () => {
  const key = createSecretKey(randomBytes(32));

  it("[SI-4] any flipped bit of any record", async () => {
    const { store } = filledTree(200, key);
    const ids = [...store.pages.keys()];
    await fc.assert(
      fc.asyncProperty(fc.nat(ids.length - 1), fc.nat(), fc.nat(7), async (which, where, bit) => {
        const bytes = store.get(ids[which] ?? 0) ?? Buffer.alloc(1);
        const at = where % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        await assert.rejects(verify(key, store), IndexIntegrityError);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      }),
      { numRuns: 300 },
    );
    await verify(key, store);
  });

  it("[SI-5] any record that is missing, cut short or empty", async () => {
    const { store } = filledTree(200, key);
    for (const [id, bytes] of [...store.pages]) {
      for (const spoilt of [undefined, bytes.subarray(0, -1), bytes.subarray(0, 20), Buffer.alloc(0)]) {
        if (spoilt === undefined) store.pages.delete(id);
        else store.pages.set(id, spoilt);
        await assert.rejects(verify(key, store), IndexIntegrityError);
      }
      store.pages.set(id, bytes);
    }
  });

  it("[SI-6] any two records that changed places", async () => {
    const { store } = filledTree(60, key);
    const records = [...store.pages];
    for (const [id, bytes] of records) {
      for (const [otherId, otherBytes] of records) {
        if (id >= otherId) continue;
        store.pages.set(id, otherBytes).set(otherId, bytes);
        await assert.rejects(verify(key, store), IndexIntegrityError);
        store.pages.set(id, bytes).set(otherId, otherBytes);
      }
    }
  });

  it("[SI-7] any record that was put back to an earlier state", async () => {
    const { tree, store } = filledTree(100, key);
    const earlier = new Map(store.pages);
    apply(tree, store, { puts: manyPuts(100, 31) });
    let replayed = 0;
    for (const [id, bytes] of [...store.pages]) {
      const before = earlier.get(id);
      if (before === undefined || before.equals(bytes)) continue;
      store.pages.set(id, before);
      await assert.rejects(verify(key, store), IndexIntegrityError);
      store.pages.set(id, bytes);
      replayed++;
    }
    assert.ok(replayed > 5);
  });

  it("[SI-3] a record of another format version, and [SI-2] another key", async () => {
    const { store } = filledTree(20, key);
    await assert.rejects(verify(createSecretKey(randomBytes(32)), store), IndexIntegrityError);
    for (const [, bytes] of store.pages) {
      bytes[0] = 2;
      await assert.rejects(verify(key, store), /format version/);
      bytes[0] = 1;
    }
  });

  it("never reports what it read, only where", async () => {
    const { store } = filledTree(20, key);
    for (const [, bytes] of store.pages) bytes[30] = (bytes[30] ?? 0) ^ 1;
    await assert.rejects(verify(key, store), (error: Error) => !error.message.includes("key-"));
  });
});

function emptyTree(sizes = SMALL, key: KeyObject = createSecretKey(randomBytes(32))) {
  const tree = new SealedTree(key, CACHE_BYTES, sizes);
  const store = new MapPageStore();
  tree.create(store);
  return { tree, store };
}

function filledTree(records: number, key?: KeyObject) {
  const { tree, store } = emptyTree(SMALL, key);
  apply(tree, store, { puts: manyPuts(records, 0) });
  return { tree, store };
}

function manyPuts(records: number, more: number) {
  return Array.from({ length: records }, (_, at) => ({
    key: Buffer.from(nameAt(at)),
    value: Buffer.alloc(((at * 31) % 100) + more, at),
  }));
}

function apply(tree: SealedTree, store: MapPageStore, batch: IndexBatch): void {
  const prepared = tree.prepare(store, [batch]);
  prepared.writeTo(store);
  prepared.remember();
}

async function requireSound(tree: SealedTree, store: MapPageStore) {
  const report = await tree.verify(store, async () => {});
  assert.deepEqual(new Set([0, ...report.reachable]), new Set(store.pages.keys()));
  return report;
}

/** With a fresh cache, as another process would. */
async function verify(key: KeyObject, store: MapPageStore): Promise<void> {
  await new SealedTree(key, CACHE_BYTES, SMALL).verify(store, async () => {});
}

function nameAt(at: number): string {
  return `key-${String(at).padStart(4, "0")}${"x".repeat(at % 11)}`;
}
