import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseCopySourceRange, parseRange } from "./ranges.ts";

// Recorded answers of Amazon S3 for an object of ten bytes; null is the whole object with 200.
const RECORDED: readonly [string, readonly [number, number] | null][] = [
  ["bytes=0-8", [0, 9]],
  ["bytes=1-1", [1, 2]],
  ["bytes=1-0", null],
  ["bytes=1-", [1, 10]],
  ["bytes=-1-", null],
  ["bytes=-2", [8, 10]],
  ["bytes=-9", [1, 10]],
  ["bytes=-15", [0, 10]],
  ["bytes=0-100", [0, 10]],
  ["bytes=0-0", [0, 1]],
  ["bytes=0--1", null],
  ["bytes=0-1,3-4,7-9", null],
  ["0-8", null],
  ["bytes=-", null],
];

for (const [header, expected] of RECORDED) {
  test(`[L-70] Range ${header}`, () => {
    const range = parseRange(header, 10);
    assert.deepEqual(range, expected === null ? null : { start: expected[0], end: expected[1] });
  });
}

test("[L-70] unsatisfiable ranges name the size and the header", () => {
  for (const [header, sizeBytes] of [
    ["bytes=-0", 10],
    ["bytes=100-200", 10],
    ["bytes=0-", 0],
    ["bytes=-5", 0],
  ] as const) {
    assert.throws(() => parseRange(header, sizeBytes), {
      code: "InvalidRange",
      details: { ActualObjectSize: String(sizeBytes), RangeRequested: header },
    });
  }
  assert.equal(parseRange(undefined, 10), null);
});

test("a range lies within the object and is never empty", () => {
  fc.assert(
    fc.property(fc.nat(200), fc.option(fc.nat(250)), fc.option(fc.nat(250)), (sizeBytes, first, last) => {
      try {
        const range = parseRange(`bytes=${first ?? ""}-${last ?? ""}`, sizeBytes);
        if (range !== null) assert.ok(range.start >= 0 && range.start < range.end && range.end <= sizeBytes);
      } catch (error) {
        assert.equal((error as { code?: unknown }).code, "InvalidRange");
      }
    }),
  );
});

test("copy source ranges are strict, as recorded", () => {
  assert.deepEqual(parseCopySourceRange("bytes=0-8", 10), { start: 0, end: 9 });
  for (const header of [
    "0-8",
    "bytes=1-0",
    "bytes=-1-",
    "bytes=0--1",
    "bytes=0-1,3-4,7-9",
    "bytes=-",
    "bytes=1-",
    "bytes=-2",
  ]) {
    assert.throws(() => parseCopySourceRange(header, 10), {
      code: "InvalidArgument",
      message: /^The x-amz-copy-source-range value must be of the form bytes=first-last/,
      details: { ArgumentName: "x-amz-copy-source-range", ArgumentValue: header },
    });
  }
  assert.throws(() => parseCopySourceRange("bytes=0-100", 10), {
    code: "InvalidArgument",
    message: "Range specified is not valid for source object of size: 10",
  });
  assert.throws(() => parseCopySourceRange("bytes=100-200", 10), {
    code: "InvalidRequest",
    message: "The specified copy range is invalid for the source object size",
  });
});
