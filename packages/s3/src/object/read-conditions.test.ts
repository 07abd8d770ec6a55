import assert from "node:assert/strict";
import { test } from "node:test";
import { requestOf } from "../operations/exchange-fixture.ts";
import { getObject } from "../operations/get-object.ts";
import { findFailedCondition, readReadConditions } from "./read-conditions.ts";

const MODIFIED_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const NOW_MS = MODIFIED_MS + 60_000;
const SAME = "Fri, 02 Jan 2026 03:04:05 GMT";
const BEFORE = "Fri, 02 Jan 2026 03:04:04 GMT";
const AFTER = "Fri, 02 Jan 2026 03:04:06 GMT";
const FUTURE = "Fri, 02 Jan 2026 04:00:00 GMT";

function judge(headers: Readonly<Record<string, string>>) {
  const conditions = readReadConditions(requestOf(getObject, { headers }));
  return conditions === null
    ? null
    : findFailedCondition(conditions, { etag: "e", modifiedMs: MODIFIED_MS }, NOW_MS);
}

test("each condition alone; dates are compared to the second", () => {
  const cases: readonly [Readonly<Record<string, string>>, string | null][] = [
    [{}, null],
    [{ "if-match": '"e"' }, null],
    [{ "if-match": "e" }, null],
    [{ "if-match": '"a", "e"' }, null],
    [{ "if-match": "*" }, null],
    [{ "if-match": '"x"' }, "If-Match"],
    [{ "if-none-match": '"e"' }, "If-None-Match"],
    [{ "if-none-match": 'W/"e"' }, "If-None-Match"],
    [{ "if-none-match": "*" }, "If-None-Match"],
    [{ "if-none-match": '"x"' }, null],
    [{ "if-modified-since": SAME }, "If-Modified-Since"],
    [{ "if-modified-since": AFTER }, "If-Modified-Since"],
    [{ "if-modified-since": BEFORE }, null],
    [{ "if-modified-since": FUTURE }, null],
    [{ "if-unmodified-since": SAME }, null],
    [{ "if-unmodified-since": BEFORE }, "If-Unmodified-Since"],
    [{ "if-modified-since": "yesterday", "if-unmodified-since": "-1" }, null],
  ];
  for (const [headers, failed] of cases) assert.equal(judge(headers), failed, JSON.stringify(headers));
});

test("pairs: ETags overrule dates (RFC 9110 §13.2.2)", () => {
  const cases: readonly [Readonly<Record<string, string>>, string | null][] = [
    [{ "if-match": '"e"', "if-unmodified-since": BEFORE }, null],
    [{ "if-match": '"x"', "if-unmodified-since": SAME }, "If-Match"],
    [{ "if-none-match": '"e"', "if-modified-since": BEFORE }, "If-None-Match"],
    [{ "if-none-match": '"x"', "if-modified-since": SAME }, null],
    [{ "if-none-match": '"e"', "if-unmodified-since": BEFORE }, "If-Unmodified-Since"],
  ];
  for (const [headers, failed] of cases) assert.equal(judge(headers), failed, JSON.stringify(headers));
});
