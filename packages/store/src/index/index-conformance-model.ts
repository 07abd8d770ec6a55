import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import type { IndexFactory } from "./index-conformance.ts";
import { type Index, type IndexBatch, type IndexCheck, IndexConflictError } from "./index-port.ts";

/** What the port says, in the plainest words: a map from hexadecimal key to value and the revision last seen. */
type Model = Map<string, { readonly value: Buffer; readonly revision: string }>;

interface Step {
  readonly puts: readonly (readonly [number, number])[];
  readonly deletes: readonly number[];
  readonly check: "none" | "right" | "wrong" | "empty-right" | "empty-wrong";
  readonly at: number;
  readonly width: number;
}

/** Random batches, applied to the driver and to a map; after each, reads of both must agree. */
export function describeIndexModel(open: IndexFactory): void {
  it("agrees with a map under random batches, ranges and checks", async (context) => {
    const position = fc.nat(400);
    const step: fc.Arbitrary<Step> = fc.record({
      puts: fc.array(fc.tuple(position, fc.oneof(fc.nat(200), fc.nat(1500), fc.nat(9000))), {
        maxLength: 40,
      }),
      deletes: fc.array(position, { maxLength: 30 }),
      check: fc.constantFrom("none", "right", "wrong", "empty-right", "empty-wrong"),
      at: position,
      width: fc.nat(60),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const index = await open(context);
        const model: Model = new Map();
        for (const each of steps) await runStep(index, model, each);
        await index.close();
      }),
      { numRuns: 20 },
    );
  });
}

async function runStep(index: Index, model: Model, step: Step): Promise<void> {
  const batch = batchOf(model, step);
  const mustFail = step.check === "wrong" || step.check === "empty-wrong";
  if (mustFail && batch.checks?.length !== 0) {
    await assert.rejects(index.commit(batch), IndexConflictError);
  } else {
    await index.commit(batch);
    await applyTo(model, batch, index);
  }
  await compareRange(index, model, step.at, step.at + step.width, 1 + (step.width % 17));
  await compareRange(index, model, 0, 1000, 1000);
}

function batchOf(model: Model, step: Step): IndexBatch {
  const puts = step.puts.map(([at, sizeBytes]) => ({ key: keyAt(at), value: Buffer.alloc(sizeBytes, at) }));
  return { puts, deletes: step.deletes.map(keyAt), checks: checksOf(model, step) };
}

function checksOf(model: Model, step: Step): readonly IndexCheck[] {
  const revision = model.get(hexAt(step.at))?.revision ?? null;
  if (step.check === "right") return [{ key: keyAt(step.at), revision }];
  if (step.check === "wrong") return [{ key: keyAt(step.at), revision: revision === null ? "0" : null }];
  if (step.check === "none") return [];
  const check = { emptyFrom: keyAt(step.at), emptyTo: keyAt(step.at + step.width) };
  const isEmpty = inRange(model, step.at, step.at + step.width).length === 0;
  return isEmpty === (step.check === "empty-right") ? [check] : [];
}

async function applyTo(model: Model, batch: IndexBatch, index: Index): Promise<void> {
  for (const key of batch.deletes ?? []) model.delete(Buffer.from(key).toString());
  for (const { key, value } of batch.puts ?? []) {
    const record = await index.get(key);
    model.set(Buffer.from(key).toString(), { value: Buffer.from(value), revision: record?.revision ?? "" });
  }
}

async function compareRange(
  index: Index,
  model: Model,
  from: number,
  to: number,
  limit: number,
): Promise<void> {
  const expected = inRange(model, from, to);
  const range = { from: keyAt(from), to: keyAt(to), limit };
  const ascending = await index.list(range);
  const descending = await index.list({ ...range, reverse: true });
  const shapes = (records: typeof ascending) =>
    records.map(({ key, value, revision }) => ({ key: Buffer.from(key).toString(), value, revision }));
  assert.deepEqual(shapes(ascending), expected.slice(0, limit));
  assert.deepEqual(shapes(descending), expected.toReversed().slice(0, limit));
}

function inRange(model: Model, from: number, to: number) {
  const low = hexAt(from);
  const high = hexAt(to);
  return [...model]
    .filter(([key]) => key >= low && key < high)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { value, revision }]) => ({ key, value, revision }));
}

/** Keys of uneven length that share prefixes, in the order of `at`. */
function hexAt(at: number): string {
  return `k${String(at).padStart(5, "0")}${"-".repeat(at % 7 === 0 ? 300 : at % 5)}`;
}

function keyAt(at: number): Buffer {
  return Buffer.from(hexAt(at));
}
