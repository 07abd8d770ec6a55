import assert from "node:assert/strict";
import { test } from "node:test";
import { mapContext } from "../principal-context.ts";
import { compileCondition } from "./condition.ts";

function holds(operator: string, wanted: readonly string[], actual: readonly string[] | null): boolean {
  const values = wanted.map((text) => ({ text, hasVariables: true, place: "here" }));
  const context = mapContext(actual === null ? {} : { "Test:Key": actual });
  return compileCondition(operator, "TEST:key", values, "here").holds(context);
}

test("a request without the key: positive operators and ForAnyValue fail, the others hold", () => {
  for (const [operator, expected] of [
    ["StringEquals", false],
    ["StringNotEquals", true],
    ["StringEqualsIfExists", true],
    ["StringNotEqualsIfExists", true],
    ["ForAllValues:StringEquals", true],
    ["ForAllValues:StringNotEquals", true],
    ["ForAllValues:StringEqualsIfExists", true],
    ["ForAnyValue:StringEquals", false],
    ["ForAnyValue:StringNotEquals", false],
    ["ForAnyValue:StringEqualsIfExists", false],
    ["ForAnyValue:StringNotEqualsIfExists", false],
  ] as const) {
    assert.equal(holds(operator, ["a"], null), expected, operator);
    assert.equal(holds(operator, ["a"], []), expected, `${operator}, no values`);
  }
});

test("…IfExists compares where the key is there", () => {
  assert.equal(holds("StringEqualsIfExists", ["a"], ["a"]), true);
  assert.equal(holds("StringEqualsIfExists", ["a"], ["b"]), false);
  assert.equal(holds("ForAnyValue:StringEqualsIfExists", ["a"], ["b"]), false);
});

test("[L-165] set operators look at each value of the request, negated ones as well", () => {
  for (const [operator, wanted, actual, expected] of [
    ["ForAllValues:StringEquals", ["a", "b"], ["a", "b"], true],
    ["ForAllValues:StringEquals", ["a", "b"], ["a", "c"], false],
    ["ForAllValues:StringNotEquals", ["a", "b"], ["c", "d"], true],
    ["ForAllValues:StringNotEquals", ["a", "b"], ["a", "d"], false],
    ["ForAllValues:StringNotEquals", ["a", "b"], ["a", "b"], false],
    ["ForAnyValue:StringEquals", ["a", "b"], ["a", "c"], true],
    ["ForAnyValue:StringEquals", ["a", "b"], ["c", "d"], false],
    ["ForAnyValue:StringNotEquals", ["a", "b"], ["a", "c"], true],
    ["ForAnyValue:StringNotEquals", ["a", "b"], ["a", "b"], false],
    ["ForAnyValue:StringNotLike", ["a*"], ["ab", "ac"], false],
    ["ForAllValues:StringLike", ["a*", "b?"], ["ab", "bc"], true],
  ] as const) {
    assert.equal(holds(operator, wanted, actual), expected, `${operator} ${wanted} on ${actual}`);
  }
});

test("to set operators empty texts are no values", () => {
  assert.equal(holds("ForAllValues:StringEquals", ["a"], [""]), true);
  assert.equal(holds("ForAnyValue:StringEquals", [""], ["", ""]), false);
  assert.equal(holds("ForAnyValue:StringEquals", [""], ["", "a"]), true);
});

test("without a set operator nothing fits a key with several values", () => {
  assert.equal(holds("StringEquals", ["a"], ["a", "b"]), false);
  assert.equal(holds("StringNotEquals", ["c"], ["a", "b"]), false);
  assert.equal(holds("StringEqualsIfExists", ["a"], ["a", "a"]), false);
});

test("Null asks whether the key is there", () => {
  assert.equal(holds("Null", ["true"], null), true);
  assert.equal(holds("Null", ["true"], ["x"]), false);
  assert.equal(holds("Null", ["false"], ["x"]), true);
  assert.equal(holds("Null", ["false"], null), false);
  assert.equal(holds("Null", ["false"], ["x", "y"]), true);
  assert.equal(holds("Null", ["false"], []), false);
});
