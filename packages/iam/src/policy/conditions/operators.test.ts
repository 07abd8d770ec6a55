import assert from "node:assert/strict";
import { test } from "node:test";
import { PolicyError } from "../policy-error.ts";
import { mapContext } from "../principal-context.ts";
import { compileCondition } from "./condition.ts";
import { OPERATORS } from "./operators.ts";

function holds(operator: string, wanted: string | readonly string[], ...actual: readonly string[]): boolean {
  const values = [wanted].flat().map((text) => ({ text, hasVariables: true, place: "here" }));
  const condition = compileCondition(operator, "test:Key", values, "here");
  return condition.holds(
    mapContext({
      "test:key": actual,
      "aws:username": ["bob"],
      "aws:userid": ["a*"],
      "aws:sourcearn": ["arn:aws:s3:::a*"],
    }),
  );
}

/** Operator, a value of the policy, a value of the request, whether the positive operator holds. */
const TABLE: readonly (readonly [string, string, string, boolean])[] = [
  ["StringEquals", "abc", "abc", true],
  ["StringEquals", "abc", "ABC", false],
  ["StringEquals", "a*", "abc", false],
  ["StringEquals", "a*", "a*", true],
  ["StringEquals", "", "", true],
  ["StringEquals", `\${aws:username}`, "bob", true],
  ["StringEquals", `\${aws:nothing}`, "", false],
  ["StringEqualsIgnoreCase", "aBc", "AbC", true],
  ["StringEqualsIgnoreCase", "aBc", "AbCd", false],
  ["StringLike", "a*c", "abbc", true],
  ["StringLike", "a?c", "abc", true],
  ["StringLike", "a?c", "ABC", false],
  ["StringLike", `\${aws:userid}`, "abc", false],
  ["StringLike", `\${aws:userid}`, "a*", true],
  ["StringLike", `a\${*}`, "a*", true],
  ["StringLike", `a\${*}`, "ab", false],
  ["NumericEquals", "10", "10", true],
  ["NumericEquals", "10", "10.0", true],
  ["NumericEquals", "-1.5", "-1.50", true],
  ["NumericEquals", "10", "ten", false],
  ["NumericEquals", "0", "", false],
  ["NumericLessThan", "1.2", "1.1", true],
  ["NumericLessThan", "1.2", "1.2", false],
  ["NumericLessThan", "10", "9", true],
  ["NumericLessThanEquals", "10", "10", true],
  ["NumericLessThanEquals", "10", "11", false],
  ["NumericGreaterThan", "10", "11", true],
  ["NumericGreaterThan", "10", "10", false],
  ["NumericGreaterThanEquals", "10", "10", true],
  ["NumericGreaterThanEquals", "10", "9", false],
  ["DateEquals", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z", true],
  ["DateEquals", "2026-01-02T03:04:05Z", "1767323045", true],
  ["DateEquals", "1767323045", "2026-01-02T04:04:05+01:00", true],
  ["DateEquals", "2026-01-02", "2026-01-02T00:00:00Z", true],
  ["DateEquals", "2026-01-02T03:04:05Z", "soon", false],
  ["DateLessThan", "2026-01-02T00:00:00Z", "2026-01-01T23:59:59.999Z", true],
  ["DateLessThan", "2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z", false],
  ["DateLessThanEquals", "2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z", true],
  ["DateGreaterThan", "2026-01-02T00:00:00Z", "2026-01-02T00:00:01Z", true],
  ["DateGreaterThanEquals", "2026-01-02T00:00:00Z", "2026-01-01", false],
  ["Bool", "true", "true", true],
  ["Bool", "TRUE", "true", true],
  ["Bool", "true", "false", false],
  ["Bool", "false", "false", true],
  ["Bool", "false", "no", false],
  ["BinaryEquals", "aGk=", "aGk=", true],
  ["BinaryEquals", "aGk=", "aGj=", false],
  ["IpAddress", "203.0.113.0/24", "203.0.113.7", true],
  ["IpAddress", "203.0.113.0/24", "203.0.114.7", false],
  ["IpAddress", "203.0.113.7", "203.0.113.7", true],
  ["IpAddress", "0.0.0.0/0", "8.8.8.8", true],
  ["IpAddress", "203.0.113.0/24", "::ffff:203.0.113.7", true],
  ["IpAddress", "::ffff:203.0.113.0/120", "203.0.113.7", true],
  ["IpAddress", "2001:db8::/32", "2001:DB8:1::1", true],
  ["IpAddress", "2001:db8::/32", "2001:db9::1", false],
  ["IpAddress", "::/0", "8.8.8.8", false],
  ["IpAddress", "2001:db8::1", "2001:0db8:0:0:0:0:0:1", true],
  ["IpAddress", "203.0.113.0/24", "somewhere", false],
  ["ArnLike", "arn:aws:iam::*:user/*", "arn:aws:iam::1:user/a/b", true],
  ["ArnLike", "arn:aws:iam:*:user/a:", "arn:aws:iam::1:user/a", false],
  ["ArnLike", `\${aws:sourcearn}`, "arn:aws:s3:::a*", true],
  ["ArnLike", `\${aws:sourcearn}`, "arn:aws:s3:::ab", false],
  ["ArnLike", `\${aws:username}`, "arn:aws:s3:::ab", false],
  ["ArnLike", "arn:aws:iam::1*:user/a", "arn:aws:iam::11:user/a", true],
  ["ArnLike", "arn:aws:sns:*:1:a:*", "arn:aws:sns:r:1:a:b:c", true],
  ["ArnLike", `arn:aws:iam::1:user/\${aws:username}`, "arn:aws:iam::1:user/bob", true],
  ["ArnLike", "arn:aws:iam::1:user/*", "bob", false],
  ["ArnEquals", "arn:aws:s3:::b*", "arn:aws:s3:::bucket", true],
  ["ArnEquals", "*", "arn:aws:s3:::bucket", true],
];

const NEGATED: ReadonlyMap<string, string> = new Map([
  ["StringEquals", "StringNotEquals"],
  ["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
  ["StringLike", "StringNotLike"],
  ["NumericEquals", "NumericNotEquals"],
  ["DateEquals", "DateNotEquals"],
  ["IpAddress", "NotIpAddress"],
  ["ArnEquals", "ArnNotEquals"],
  ["ArnLike", "ArnNotLike"],
]);

test("each operator holds as IAM documents it, and its negation when it does not", () => {
  const seen = new Set<string>();
  for (const [operator, wanted, actual, expected] of TABLE) {
    assert.equal(holds(operator, wanted, actual), expected, `${operator} ${wanted} on ${actual}`);
    seen.add(operator);
    const negation = NEGATED.get(operator);
    if (negation === undefined) continue;
    assert.equal(holds(negation, wanted, actual), !expected, `${negation} ${wanted} on ${actual}`);
    seen.add(negation);
  }
  assert.deepEqual([...OPERATORS.keys()].sort(), [...seen].sort(), "every operator is in the table");
});

test("several values are alternatives: a negated operator holds when none fits", () => {
  assert.equal(holds("StringEquals", ["a", "b"], "b"), true);
  assert.equal(holds("StringNotEquals", ["a", "b"], "b"), false);
  assert.equal(holds("StringNotEquals", ["a", "b"], "c"), true);
  assert.equal(holds("NotIpAddress", ["10.0.0.0/8", "192.0.2.0/24"], "192.0.2.9"), false);
});

test("a value that the operator cannot compare with is refused when the policy is parsed", () => {
  for (const [operator, value] of [
    ["NumericEquals", "ten"],
    ["NumericLessThan", ""],
    ["NumericEquals", "0x10"],
    ["NumericEquals", "Infinity"],
    ["DateEquals", "tomorrow"],
    ["DateEquals", "2026-02-30"],
    ["DateEquals", "2026-13-01"],
    ["Bool", "yes"],
    ["BinaryEquals", "a"],
    ["BinaryEquals", "a-=="],
    ["IpAddress", "203.0.113.0/33"],
    ["IpAddress", "203.0.113"],
    ["IpAddress", "2001:db8::/129"],
    ["IpAddress", "fe80::1%eth0"],
    ["IpAddress", "*"],
    ["ArnLike", "not:an:arn"],
    ["ArnLike", "arn:aws:iam::*"],
    ["Null", "maybe"],
  ] as const) {
    assert.throws(() => holds(operator, value, "x"), PolicyError, `${operator} ${value}`);
  }
});

test("an operator that there is not is refused", () => {
  for (const operator of [
    "StringEqual",
    "stringequals",
    "StringEqualsIfExist",
    "ForSomeValue:StringEquals",
    "ForAllValues:",
    "NullIfExists",
    "BinaryNotEquals",
    "BoolNot",
    "",
    "toString",
    "__proto__",
  ]) {
    assert.throws(() => holds(operator, "true", "x"), /Invalid Condition type/, operator);
  }
});
