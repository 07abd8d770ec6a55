import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import { describeIndexModel } from "./index-conformance-model.ts";
import { type Index, IndexConflictError } from "./index-port.ts";

/** Opens an empty index; cleans up with `context.after`. */
export type IndexFactory = (context: TestContext) => Promise<Index>;

/** The suite every `Index` driver runs: the port's contract, clause by clause, then random batches against a model. */
export function describeIndex(name: string, open: IndexFactory): void {
  describe(`${name} keeps the Index contract`, () => {
    describeRecords(open);
    describeChecks(open);
    describeConcurrency(open);
    describePayloads(open);
    describeIndexModel(open);
  });
}

function describeRecords(open: IndexFactory): void {
  it("orders keys as unsigned bytes, in both directions", async (context) => {
    const index = await open(context);
    const keys = ["00", "0000", "01", "7f", "80", "80ff", "ff", "ffff"].map((hex) => Buffer.from(hex, "hex"));
    await index.commit({ puts: keys.toReversed().map((key) => ({ key, value: key })) });
    const range = { from: Buffer.alloc(0), to: Buffer.alloc(64, 0xff), limit: 100 };
    assert.deepEqual(await keysOf(index, range), keys);
    assert.deepEqual(await keysOf(index, { ...range, reverse: true }), keys.toReversed());
    assert.deepEqual(await keysOf(index, { ...range, limit: 3 }), keys.slice(0, 3));
    assert.deepEqual(await keysOf(index, { ...range, limit: 2, reverse: true }), keys.slice(-2).toReversed());
    assert.deepEqual(await keysOf(index, { ...range, limit: 0 }), []);
    assert.deepEqual(await keysOf(index, { from: key("01"), to: key("80"), limit: 9 }), keys.slice(2, 4));
    assert.deepEqual(await keysOf(index, { from: key("80"), to: key("01"), limit: 9 }), []);
  });

  it("lists several ranges as they are at one instant, while a record moves between them", async (context) => {
    const index = await open(context);
    const places = [key("10"), key("20")];
    const ranges = places.map((from) => ({ from, to: Buffer.concat([from, Buffer.of(0)]), limit: 5 }));
    await index.commit({ puts: [{ key: key("10"), value: key("aa") }] });
    let isMoving = true;
    const moving = (async () => {
      for (let move = 0; move < 60; move++) {
        const [from, to] = move % 2 === 0 ? places : places.toReversed();
        if (from !== undefined && to !== undefined)
          await index.commit({ puts: [{ key: to, value: key("aa") }], deletes: [from] });
      }
      isMoving = false;
    })();
    let looks = 0;
    while (isMoving) {
      const found = (await index.listTogether(ranges)).flat();
      assert.equal(found.length, 1, "the record was in both places, or in none");
      looks++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await moving;
    assert.ok(looks > 0);
    assert.deepEqual(await index.listTogether([]), []);
  });

  it("keeps the empty key, the empty value, and values of a mebibyte", async (context) => {
    const index = await open(context);
    const large = randomBytes(1024 * 1024);
    const longKey = Buffer.alloc(2048, 0x61);
    await index.commit({
      puts: [
        { key: Buffer.alloc(0), value: Buffer.alloc(0) },
        { key: longKey, value: large },
      ],
    });
    assert.equal((await index.get(Buffer.alloc(0)))?.value.length, 0);
    assert.deepEqual((await index.get(longKey))?.value, large);
    await index.commit({ deletes: [longKey, Buffer.alloc(0)] });
    assert.equal(await index.get(longKey), null);
  });

  it("counts commits: the count grows with each change of records, and stays while nothing changes", async (context) => {
    const index = await open(context);
    const counts = [await index.lastCommit()];
    const change = async (batch: Parameters<Index["commit"]>[0]): Promise<void> => {
      await index.commit(batch);
      counts.push(await index.lastCommit());
    };
    await change({ puts: [{ key: key("aa"), value: key("01") }] });
    await change({ puts: [{ key: key("aa"), value: key("01") }] });
    await change({ deletes: [key("aa")] });
    assert.ok(
      counts.every((count, at) => at === 0 || count > (counts[at - 1] ?? count)),
      String(counts),
    );
    await index.get(key("aa"));
    await index.list({ from: key("00"), to: key("ff"), limit: 9 });
    assert.equal(await index.lastCommit(), counts.at(-1));
  });

  it("applies a batch's deletes before its puts, and the last put of a key wins", async (context) => {
    const index = await open(context);
    await index.commit({
      deletes: [key("aa")],
      puts: [
        { key: key("aa"), value: key("01") },
        { key: key("aa"), value: key("02") },
      ],
    });
    assert.deepEqual((await index.get(key("aa")))?.value, key("02"));
  });

  it("hands out copies, and keeps none of the caller's buffers", async (context) => {
    const index = await open(context);
    const mine = { key: Buffer.from("key"), value: Buffer.from("value") };
    await index.commit({ puts: [mine] });
    mine.key.fill(0);
    mine.value.fill(0);
    const first = await index.get(Buffer.from("key"));
    first?.value.fill(1);
    first?.key.fill(1);
    assert.equal((await index.get(Buffer.from("key")))?.value.toString(), "value");
    assert.equal((await index.list({ from: key("00"), to: key("ff"), limit: 1 }))[0]?.key.toString(), "key");
  });

  it("changes the revision with every put and never repeats one", async (context) => {
    const index = await open(context);
    const seen = new Set<string>();
    for (let round = 0; round < 20; round++) {
      await index.commit({ puts: [{ key: key("aa"), value: key("01") }] });
      const revision = (await index.get(key("aa")))?.revision ?? "";
      assert.equal(seen.has(revision), false);
      seen.add(revision);
      if (round % 3 === 0) await index.commit({ deletes: [key("aa")] });
    }
  });

  it("refuses use after close", async (context) => {
    const index = await open(context);
    await index.close();
    await assert.rejects(index.get(key("aa")));
    await assert.rejects(index.commit({ puts: [{ key: key("aa"), value: key("01") }] }));
  });
}

function describeChecks(open: IndexFactory): void {
  it("commits only at the expected revision", async (context) => {
    const index = await open(context);
    const put = { puts: [{ key: key("aa"), value: key("01") }] };
    await index.commit({ ...put, checks: [{ key: key("aa"), revision: null }] });
    const first = (await index.get(key("aa")))?.revision ?? "";
    await assert.rejects(
      index.commit({ ...put, checks: [{ key: key("aa"), revision: null }] }),
      IndexConflictError,
    );
    await index.commit({ ...put, checks: [{ key: key("aa"), revision: first }] });
    await assert.rejects(
      index.commit({ ...put, checks: [{ key: key("aa"), revision: first }] }),
      IndexConflictError,
    );
    await assert.rejects(index.commit({ checks: [{ key: key("bb"), revision: first }] }), IndexConflictError);
  });

  it("commits only while a range is empty", async (context) => {
    const index = await open(context);
    await index.commit({ puts: [{ key: key("20"), value: key("01") }] });
    const emptiness = (from: string, to: string) => ({
      checks: [{ emptyFrom: key(from), emptyTo: key(to) }],
      puts: [{ key: key("90"), value: key("01") }],
    });
    await assert.rejects(index.commit(emptiness("20", "30")), IndexConflictError);
    await assert.rejects(index.commit(emptiness("10", "2000")), IndexConflictError);
    assert.equal(await index.get(key("90")), null);
    await index.commit(emptiness("10", "20"));
    await index.commit(emptiness("2000", "90"));
  });

  it("changes nothing when a check fails, payloads included", async (context) => {
    const index = await open(context);
    await index.commit({
      puts: [{ key: key("aa"), value: key("01") }],
      putPayloads: [{ id: "p", bytes: key("01") }],
    });
    const failing = {
      checks: [{ key: key("aa"), revision: null }],
      puts: [{ key: key("bb"), value: key("01") }],
      deletes: [key("aa")],
      putPayloads: [{ id: "q", bytes: key("01") }],
      deletePayloads: ["p"],
    };
    await assert.rejects(index.commit(failing), IndexConflictError);
    assert.notEqual(await index.get(key("aa")), null);
    assert.equal(await index.get(key("bb")), null);
    assert.deepEqual(await index.listPayloads("", 10), ["p"]);
  });

  it("evaluates checks before the batch's own writes", async (context) => {
    const index = await open(context);
    await index.commit({
      checks: [
        { key: key("aa"), revision: null },
        { emptyFrom: key("a0"), emptyTo: key("b0") },
      ],
      puts: [{ key: key("aa"), value: key("01") }],
    });
    assert.notEqual(await index.get(key("aa")), null);
  });
}

function describeConcurrency(open: IndexFactory): void {
  it("lets exactly one of many racing creators win", async (context) => {
    const index = await open(context);
    const racers = Array.from({ length: 16 }, (_, at) =>
      index.commit({
        checks: [{ key: key("aa"), revision: null }],
        puts: [
          { key: key("aa"), value: Buffer.from([at]) },
          { key: Buffer.from([0xb0, at]), value: Buffer.from([at]) },
        ],
      }),
    );
    const outcomes = await Promise.allSettled(racers);
    const winners = outcomes.flatMap((outcome, at) => (outcome.status === "fulfilled" ? [at] : []));
    assert.equal(winners.length, 1);
    const marks = await index.list({ from: key("b0"), to: key("b1"), limit: 100 });
    assert.deepEqual(
      marks.map((mark) => mark.value[0]),
      winners,
    );
    assert.equal((await index.get(key("aa")))?.value[0], winners[0]);
  });

  it("loses no increment of a counter under compare-and-set", async (context) => {
    const index = await open(context);
    const increment = async (): Promise<void> => {
      for (;;) {
        const record = await index.get(key("cc"));
        const value = Buffer.from([(record?.value[0] ?? 0) + 1]);
        const checks = [{ key: key("cc"), revision: record?.revision ?? null }];
        try {
          return await index.commit({ checks, puts: [{ key: key("cc"), value }] });
        } catch (error) {
          if (!(error instanceof IndexConflictError)) throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: 12 }, increment));
    assert.equal((await index.get(key("cc")))?.value[0], 12);
  });

  it("shows a resolved commit to every later read", async (context) => {
    const index = await open(context);
    const keys = Array.from({ length: 400 }, () => randomBytes(24));
    await Promise.all(
      keys.map(async (each) => {
        await index.commit({ puts: [{ key: each, value: each }] });
        assert.deepEqual((await index.get(each))?.value, each);
      }),
    );
    assert.equal((await index.list({ from: key("00"), to: Buffer.alloc(64, 255), limit: 1000 })).length, 400);
  });
}

function describePayloads(open: IndexFactory): void {
  it("keeps payloads apart from records and lists them in order", async (context) => {
    const index = await open(context);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 70_000 }), async (bytes) => {
        await index.commit({ putPayloads: [{ id: "one", bytes }] });
        assert.deepEqual(Buffer.from((await index.readPayload("one")) ?? []), Buffer.from(bytes));
      }),
      { numRuns: 20 },
    );
    const many = ["b", "a", "c"].map((id) => ({ id, bytes: Buffer.from(id) }));
    await index.commit({ putPayloads: many, deletePayloads: ["one", "never-stored"] });
    assert.equal(await index.readPayload("one"), null);
    assert.deepEqual(await index.listPayloads("", 10), ["a", "b", "c"]);
    assert.deepEqual(await index.listPayloads("a", 1), ["b"]);
    assert.deepEqual(await index.listPayloads("c", 10), []);
    assert.deepEqual(await index.list({ from: key("00"), to: key("ff"), limit: 10 }), []);
  });
}

function key(hex: string): Buffer {
  return Buffer.from(hex, "hex");
}

async function keysOf(index: Index, range: Parameters<Index["list"]>[0]): Promise<readonly Buffer[]> {
  return (await index.list(range)).map((record) => record.key);
}
