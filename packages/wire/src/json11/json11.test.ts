import assert from "node:assert/strict";
import { test } from "node:test";
import { listOf, mapOf, structure } from "./compound-shapes.ts";
import { parseJsonDocument, printJsonDocument } from "./json-document.ts";
import { Json11Error } from "./json11-error.ts";
import { blob, flag, integer, oneOf, text, timestamp } from "./scalar-shapes.ts";
import { parseShape, required, type Shape } from "./shape.ts";

const tag = structure({ TagKey: required(text({ min: 1, max: 4 })), TagValue: required(text({ max: 4 })) });
const shape = structure({
  KeyId: required(text({ min: 1, max: 8, pattern: /^[a-z]+$/ })),
  KeySpec: oneOf(["A", "B"]),
  Plaintext: blob({ min: 1, max: 4 }),
  Limit: integer({ min: 1, max: 10 }),
  DryRun: flag(),
  ValidTo: timestamp(),
  Tags: listOf(tag, { max: 3 }),
  Context: mapOf(text()),
});

function refusal<T>(of: Shape<T>, value: unknown): string {
  try {
    parseShape(of, value);
  } catch (error) {
    assert.ok(error instanceof Json11Error);
    return `${error.code}: ${error.message}`;
  }
  assert.fail("nothing was refused");
}

test("members are typed; unknown members are ignored; null is absent", () => {
  const parsed = parseShape(shape, {
    KeyId: "abc",
    KeySpec: null,
    Plaintext: "AQI=",
    ValidTo: 1.5,
    Tags: [{ TagKey: "k", TagValue: "" }],
    Context: JSON.parse('{"__proto__":"x","1":"y"}'),
    Unknown: { deep: [1] },
  });
  assert.equal(parsed.KeySpec, undefined);
  assert.deepEqual(parsed.Plaintext, Buffer.from([1, 2]));
  assert.equal(parsed.ValidTo, 1500);
  assert.deepEqual(Object.keys(parsed.Context ?? {}), ["1", "__proto__"]);
});

test("[kms.md §1.6] problems read as AWS writes them", () => {
  const start = "ValidationException: 1 validation error detected: ";
  assert.equal(
    refusal(shape, {}),
    `${start}Value null at 'keyId' failed to satisfy constraint: Member must not be null`,
  );
  assert.equal(
    refusal(shape, { KeyId: "a", KeySpec: "C" }),
    `${start}Value 'C' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [A, B]`,
  );
  assert.equal(
    refusal(shape, { KeyId: "a", Plaintext: "AQIDBAU=" }),
    `${start}Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4`,
  );
  assert.equal(
    refusal(shape, { KeyId: "a", Limit: 0 }),
    `${start}Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1`,
  );
  assert.equal(
    refusal(shape, { KeyId: "a", Tags: [{ TagKey: "k", TagValue: "12345" }] }),
    `${start}Value '12345' at 'tags.1.member.tagValue' failed to satisfy constraint: ` +
      "Member must have length less than or equal to 4",
  );
  assert.match(
    refusal(shape, { KeyId: "A1", Limit: 11 }),
    /^ValidationException: 2 validation errors detected: /,
  );
});

test("[L-30] values of another type are refused, not converted", () => {
  const wrong = [
    { KeyId: 1 },
    { KeyId: "a\ud800" },
    { KeyId: "a", Plaintext: "%%" },
    { KeyId: "a", Plaintext: "AQI" },
    { KeyId: "a", Limit: "1" },
    { KeyId: "a", Limit: 1.5 },
    { KeyId: "a", DryRun: "true" },
    { KeyId: "a", ValidTo: 1e300 },
    { KeyId: "a", Tags: {} },
    { KeyId: "a", Context: { k: 1 } },
    { KeyId: "a", Context: { k: null } },
    { KeyId: "a", Context: ["k"] },
    [],
    "text",
  ];
  for (const value of wrong) assert.match(refusal(shape, value), /^SerializationException: /);
  for (const body of ["{", "nul", "\xff"]) {
    assert.throws(() => parseJsonDocument(Buffer.from(body, "latin1")), Json11Error);
  }
  assert.deepEqual(parseJsonDocument(Buffer.alloc(0)), {});
});

test("output: base64, epoch seconds, no undefined members", () => {
  const output = { Blob: Buffer.from([1, 2]), Date: new Date(1500), Absent: undefined, List: [{ A: true }] };
  assert.equal(printJsonDocument(output), '{"Blob":"AQI=","Date":1.5,"List":[{"A":true}]}');
});
