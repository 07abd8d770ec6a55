import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { S3Error } from "../errors.ts";
import { checkPolicy, requireSameBucket } from "./check-policy.ts";
import { parsePostPolicy } from "./post-policy.ts";

const NOW_MS = Date.UTC(2026, 0, 2);
const EXPIRATION = "2026-01-02T00:00:01Z";
const FIELDS = { key: "user/a.txt", policy: "…", "x-amz-signature": "…" };

const encode = (document: unknown): string => Buffer.from(JSON.stringify(document)).toString("base64");

function outcome(act: () => unknown): string {
  try {
    return JSON.stringify(act() ?? "accepted");
  } catch (error) {
    if (error instanceof S3Error) return `${error.status} ${error.code}: ${error.message}`;
    throw error;
  }
}

/** What becomes of a form with `fields` under `conditions`, beside which bucket and key are allowed anything. */
const check = (conditions: readonly unknown[], fields: Readonly<Record<string, string>> = {}): string =>
  outcome(() => {
    const covered = [{ bucket: "vault" }, ["starts-with", "$key", ""]];
    const policy = parsePostPolicy(
      encode({ expiration: EXPIRATION, conditions: [...covered, ...conditions] }),
    );
    const form = { fields: new Map(Object.entries({ ...FIELDS, ...fields })), bucket: "vault" };
    const { least, most } = checkPolicy(policy, form, NOW_MS);
    return { least, most };
  });

const ACCEPTED = '{"least":0,"most":null}';
const failed = (printed: string): string =>
  `403 AccessDenied: Invalid according to Policy: Policy Condition failed: ${printed}`;
const extra = (names: string): string =>
  `403 AccessDenied: Invalid according to Policy: Extra input fields: ${names}`;

test("[L-161] every field is spoken of by a condition, but for those S3 exempts", () => {
  assert.equal(check([]), ACCEPTED);
  assert.equal(check([], { "x-ignore-this": "1", file: "", signature: "s", awsaccesskeyid: "A" }), ACCEPTED);
  for (const name of [
    "acl",
    "content-type",
    "x-amz-meta-a",
    "x-amz-date",
    "success_action_status",
    "tagging",
    "submit",
  ]) {
    assert.equal(check([], { [name]: "v" }), extra(name));
    assert.equal(check([{ [name]: "v" }], { [name]: "v" }), ACCEPTED, name);
    assert.equal(
      check([["eq", name, "v"]], { [name]: "v" }),
      failed(`["eq", "${name}", "v"]`),
      "no $: names no field",
    );
  }
  const policy = parsePostPolicy(encode({ expiration: EXPIRATION, conditions: [] }));
  const form = { fields: new Map(Object.entries(FIELDS)), bucket: "vault" };
  assert.equal(
    outcome(() => checkPolicy(policy, form, NOW_MS)),
    extra("key, bucket"),
  );
});

test("[L-161] names are compared without case, values with it (recorded)", () => {
  assert.equal(check([{ AcL: "private" }], { acl: "private" }), ACCEPTED);
  assert.equal(check([["StArTs-WiTh", "$X-AMZ-META-A", "b"]], { "x-amz-meta-a": "bar" }), ACCEPTED);
  const redirect = "http://localhost.test/random";
  const fields = { success_action_redirect: redirect };
  assert.equal(check([["eq", "$success_Action_REDIRECT", redirect]], fields), ACCEPTED);
  const loud = redirect.replace("http:", "HTTP:");
  assert.equal(
    check([["eq", "$success_action_redirect", loud]], fields),
    failed(`["eq", "$success_action_redirect", "${loud}"]`),
  );
  assert.equal(
    check([["eq", "success_action_redirect", redirect]], fields),
    failed(`["eq", "success_action_redirect", "${redirect}"]`),
  );
});

test("eq and starts-with, and a field that is missing fits nothing", () => {
  assert.equal(check([{ acl: "private" }], { acl: "public-read" }), failed('["eq", "$acl", "private"]'));
  assert.equal(check([["starts-with", "$acl", "pub"]], { acl: "public-read" }), ACCEPTED);
  assert.equal(
    check([["starts-with", "$acl", "pri"]], { acl: "public-read" }),
    failed('["starts-with", "$acl", "pri"]'),
  );
  assert.equal(check([["starts-with", "$acl", ""]]), failed('["starts-with", "$acl", ""]'));
  assert.equal(check([["eq", "$acl", ""]]), failed('["eq", "$acl", ""]'));
});

test("a list of media types fits when each of them does", () => {
  const images = ["starts-with", "$Content-Type", "image/"];
  assert.equal(check([images], { "content-type": "image/png, image/gif" }), ACCEPTED);
  assert.equal(
    check([images], { "content-type": "image/png,text/html" }),
    failed('["starts-with", "$Content-Type", "image/"]'),
  );
});

test("[L-161] the bucket is the one in the URL, and a form that names another is refused", () => {
  assert.equal(
    check([["eq", "$bucket", "other"]], { bucket: "other" }),
    failed('["eq", "$bucket", "other"]'),
  );
  const form = (bucket: string) => ({ fields: new Map([["bucket", bucket]]), bucket: "vault" });
  assert.equal(
    outcome(() => requireSameBucket(form("other"))),
    failed('["eq", "$bucket", "other"]'),
  );
  assert.equal(
    outcome(() => requireSameBucket(form("vault"))),
    '"accepted"',
  );
});

test("the sizes allowed are those that all ranges allow; bounds may be text (recorded)", () => {
  assert.equal(check([["content-length-range", 5, 10]]), '{"least":5,"most":10}');
  assert.equal(check([["content-length-range", "5", "10"]]), '{"least":5,"most":10}');
  assert.equal(
    check([
      ["content-length-range", 5, 10],
      ["content-length-range", 0, 8],
    ]),
    '{"least":5,"most":8}',
  );
  assert.equal(
    check([["content-length-range", "test", "10"]]),
    failed('["content-length-range", "test", "10"]'),
  );
});

test("a policy ends when it says (recorded)", () => {
  const at = (nowMs: number): string =>
    outcome(() => {
      const policy = parsePostPolicy(encode({ expiration: EXPIRATION, conditions: [{ bucket: "vault" }] }));
      checkPolicy(policy, { fields: new Map(), bucket: "vault" }, nowMs);
    });
  assert.equal(at(NOW_MS + 999), '"accepted"');
  assert.equal(at(NOW_MS + 1000), "403 AccessDenied: Invalid according to Policy: Policy expired.");
});

test("what is no policy is InvalidPolicyDocument", () => {
  const verdict = (base64: string): string => outcome(() => parsePostPolicy(base64));
  const refused = (document: unknown): string => verdict(encode(document));
  const start = "400 InvalidPolicyDocument: Invalid Policy: ";
  for (const text of [
    "",
    "{policy}",
    "e30=e30=",
    encode([]),
    encode("x"),
    encode(null),
    Buffer.from([0xff]).toString("base64"),
  ]) {
    assert.equal(verdict(text), `${start}Invalid JSON.`, text);
  }
  assert.equal(
    refused({ expiration: EXPIRATION, conditions: [{ bucket: "b", acl: "private" }] }),
    `${start}Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.`,
  );
  assert.equal(
    refused({ expiration: EXPIRATION, conditions: [{ acl: 1 }] }),
    `${start}Invalid Simple-Condition: value must be a string.`,
  );
  for (const expiration of [
    "tomorrow",
    "2026-01-02 00:00:01+00:00",
    "2026-02-30T00:00:00Z",
    "2026-01-02T00:00:01+01:00",
  ]) {
    assert.equal(
      refused({ expiration, conditions: [] }),
      `${start}Invalid 'expiration' value: '${expiration}'`,
    );
  }
  const others: readonly unknown[] = [
    { conditions: [] },
    { EXPIRATION, conditions: [] },
    { expiration: 1, conditions: [] },
    { expiration: EXPIRATION },
    { expiration: EXPIRATION, CONDITIONS: [] },
    { expiration: EXPIRATION, conditions: {} },
    ...[
      {},
      "bucket",
      null,
      [],
      ["ends-with", "$key", "x"],
      ["eq", "$key"],
      ["eq", "$key", 1],
      ["starts-with", 1, "x"],
      ["content-length-range", 0],
      ["content-length-range", -1, 0],
      ["content-length-range", "-1", "5"],
      ["content-length-range", 0, null],
    ].map((condition) => ({ expiration: EXPIRATION, conditions: [condition] })),
    { expiration: EXPIRATION, conditions: Array.from({ length: 600 }, () => ({ a: "b" })) },
  ];
  for (const document of others) assert.ok(refused(document).startsWith(start), JSON.stringify(document));
});

test("any text is a policy or an S3Error", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((text) => Buffer.from(text).toString("base64")),
      ),
      (text) => {
        outcome(() => parsePostPolicy(text));
      },
    ),
  );
});
