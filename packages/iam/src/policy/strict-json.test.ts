import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PolicyError } from "./policy-error.ts";
import { type JsonValue, parseStrictJson } from "./strict-json.ts";

function toPlain(value: JsonValue): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([name, item]) => [name, toPlain(item)]));
  return Array.isArray(value) ? value.map(toPlain) : value;
}

function refusal(text: string, maxDepth = 8): PolicyError {
  try {
    parseStrictJson(text, maxDepth);
  } catch (error) {
    assert.ok(error instanceof PolicyError);
    return error;
  }
  return assert.fail(`accepted ${text}`);
}

test("every JSON value is read as JSON.parse reads it, however it is spaced", () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 3, stringUnit: "binary" }),
      fc.constantFrom(undefined, 2, "\t"),
      (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        assert.deepEqual(
          toPlain(parseStrictJson(text, 8).value),
          Object.is(JSON.parse(text), -0) ? -0 : JSON.parse(text),
        );
      },
    ),
  );
});

test("a text that JSON.parse refuses is refused with a place", () => {
  const almost = fc
    .tuple(
      fc.jsonValue({ maxDepth: 3 }),
      fc.nat(),
      fc.constantFrom("", ",", "}", "]", '"', "\\", "\u0001", "1", "x"),
    )
    .map(([value, at, piece]) => {
      const text = JSON.stringify(value);
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + piece + text.slice(cut + (piece === "" ? 1 : 0));
    });
  let refused = 0;
  fc.assert(
    fc.property(almost, (text) => {
      try {
        JSON.parse(text);
      } catch {
        refused += 1;
        assert.match(refusal(text).place, /^line \d+, column \d+$/);
      }
    }),
    { numRuns: 2000 },
  );
  assert.ok(refused > 100);
});

test("a name that stands twice is refused where it stands again", () => {
  const { place, message } = refusal('{\n  "Effect": "Deny",\n  "Effect": "Allow"\n}');
  assert.equal(place, "line 3, column 3");
  assert.match(message, /"Effect" stands twice/);
  assert.equal(refusal('{"a":{"b":1,"\\u0062":2}}').place, "line 1, column 13");
});

test("nesting has a limit, which protects the stack as well", () => {
  assert.match(refusal("[[[1]]]", 2).message, /nested deeper than 2/);
  refusal("[".repeat(1_000_000));
  refusal('{"a":'.repeat(500_000));
});

test("no name means anything to the language", () => {
  const { value } = parseStrictJson('{"__proto__":{"x":1},"constructor":2}', 8);
  assert.ok(value instanceof Map);
  assert.deepEqual([...value.keys()], ["__proto__", "constructor"]);
});

test("objects know from where to where they stand", () => {
  const { value, spanOf } = parseStrictJson('{\n  "Statement": {\n    "a": 1\n  }\n}', 8);
  assert.ok(value instanceof Map);
  const statement = value.get("Statement");
  assert.ok(statement instanceof Map);
  assert.deepEqual(spanOf(statement), { start: { line: 2, column: 16 }, end: { line: 4, column: 4 } });
  assert.throws(() => spanOf(new Map()), TypeError);
});
