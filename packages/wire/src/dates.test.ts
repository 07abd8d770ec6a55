import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseHttpDate, printHttpDate } from "./http-date.ts";
import { parseAmzDate, parseIso8601, printAmzDate, printIso8601 } from "./iso8601.ts";

const anySecondMs = fc.integer({ min: 0, max: 253_402_300_799 }).map((seconds) => seconds * 1000);

test("RFC 9110 §5.6.7: the three forms of one instant", () => {
  const expected = Date.UTC(1994, 10, 6, 8, 49, 37);
  const nowMs = Date.UTC(2026, 0, 1);
  for (const text of [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
  ]) {
    assert.equal(parseHttpDate(text, nowMs), expected);
  }
  assert.equal(parseHttpDate("Sunday, 06-Nov-70 08:49:37 GMT", nowMs), Date.UTC(2070, 10, 6, 8, 49, 37));
});

test("what is no date is undefined", () => {
  for (const text of [
    "",
    "0",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 31 Feb 2026 00:00:00 GMT",
    "Sun, 06 Foo 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "1994-11-06",
  ]) {
    assert.equal(parseHttpDate(text), undefined);
  }
  for (const text of [
    "",
    "2026",
    "2026-02-30",
    "2026-02-21T24:00:00Z",
    "2026-02-21T00:18:20",
    "x2026-02-21",
    "2026-02-21T00:18:20+24:00",
    "2026-02-21T00:18:20+99:99",
    "9999-12-31T23:59:59-00:01",
  ]) {
    assert.equal(parseIso8601(text), undefined);
  }
  for (const text of ["", "20260221", "20260231T000000Z", "20260221T006000Z", "20260221T000000"]) {
    assert.equal(parseAmzDate(text), undefined);
  }
});

test("parse(print(t)) is t in every form", () => {
  fc.assert(
    fc.property(anySecondMs, (timeMs) => {
      assert.equal(parseHttpDate(printHttpDate(timeMs)), timeMs);
      assert.equal(parseAmzDate(printAmzDate(timeMs)), timeMs);
      assert.equal(parseIso8601(printIso8601(timeMs + 123)), timeMs + 123);
    }),
  );
});

test("ISO 8601 offsets and short forms", () => {
  assert.equal(parseIso8601("2026-02-21"), Date.UTC(2026, 1, 21));
  assert.equal(parseIso8601("2026-02-21T01:30:00+01:30"), Date.UTC(2026, 1, 21));
  assert.equal(parseIso8601("2026-02-20T23:00-0100"), Date.UTC(2026, 1, 21));
  assert.equal(parseIso8601("2026-02-21T00:00:00.123456789Z"), Date.UTC(2026, 1, 21) + 123);
});
