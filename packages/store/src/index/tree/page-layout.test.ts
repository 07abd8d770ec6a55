import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { IndexIntegrityError } from "../index-port.ts";
import { encodeBranch, REF_BYTES } from "./branch-page.ts";
import { encodeEntry, encodeLeaf } from "./leaf-page.ts";
import { compareAt, requireWellFormed, separatorOf } from "./page-layout.ts";
import { splitPoints } from "./page-split.ts";

describe("page layout", () => {
  const entry = encodeEntry(Buffer.from("key"), 1, { inline: Buffer.from("value") });
  const leaf = encodeLeaf([{ source: entry, start: 0, end: entry.length }]);
  const ref = { id: 3, tag: Buffer.alloc(16) };
  const branch = encodeBranch(1, [
    { lowKey: Buffer.alloc(0), ref },
    { lowKey: Buffer.from("m"), ref },
  ]);

  it("[SI-9] refuses pages of another kind or level, without items, or with offsets out of bounds", () => {
    requireWellFormed(leaf, 0, 0);
    requireWellFormed(branch, 1, REF_BYTES);
    const spoilt = (page: Buffer, at: number, byte: number): Buffer => {
      const copy = Buffer.from(page);
      copy[at] = byte;
      return copy;
    };
    const refused: readonly (readonly [Buffer, number, number])[] = [
      [leaf, 1, REF_BYTES],
      [branch, 2, REF_BYTES],
      [spoilt(leaf, 0, 2), 0, 0],
      [spoilt(leaf, 3, 0), 0, 0],
      [spoilt(leaf, 3, 200), 0, 0],
      [spoilt(leaf, 4, 0xff), 0, 0],
      [spoilt(leaf, 5, 2), 0, 0],
      [spoilt(branch, 5, 3), 1, REF_BYTES],
      [leaf.subarray(0, 3), 0, 0],
    ];
    for (const [page, level, fixed] of refused) {
      assert.throws(() => requireWellFormed(page, level, fixed), IndexIntegrityError);
    }
  });

  it("compares as Buffer.compare does", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), fc.uint8Array({ maxLength: 6 }), (left, right) => {
        assert.equal(Math.sign(compareAt(left, 0, left.length, right)), Buffer.compare(left, right));
      }),
    );
  });

  it("separates any two keys with no more bytes than it takes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 8 }), (one, other) => {
        const [left, right] = [Buffer.from(one), Buffer.from(other)].sort(Buffer.compare);
        fc.pre(left !== undefined && right !== undefined && !left.equals(right));
        const separator = separatorOf(left, right);
        assert.ok(Buffer.compare(left, separator) < 0 && Buffer.compare(separator, right) <= 0);
        assert.ok(separator.length <= left.length + 1);
      }),
    );
  });

  it("cuts runs into pages within the limit and with the least number of items", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(sizes, fc.boolean(), fc.constantFrom(1, 2), (items, grewAtEnd, minItems) => {
        const starts = splitPoints(items, 100, grewAtEnd, minItems);
        assert.equal(starts[0], 0);
        for (const [part, start] of starts.entries()) {
          const page = items.slice(start, starts[part + 1]);
          assert.ok(starts.length === 1 || page.length >= minItems);
          const total = page.reduce((sum, size) => sum + size, 0);
          assert.ok(total <= (minItems === 1 ? 100 : 220));
        }
      }),
    );
  });
});
