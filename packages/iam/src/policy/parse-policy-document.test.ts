import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parsePolicyDocument } from "./parse-policy-document.ts";
import { PolicyError } from "./policy-error.ts";
import { policyText } from "./policy-fixture.ts";
import type { PolicyKind } from "./policy-limits.ts";

function refusal(text: string, kind: PolicyKind = "identity"): PolicyError {
  try {
    parsePolicyDocument(text, { kind });
  } catch (error) {
    assert.ok(error instanceof PolicyError, String(error));
    return error;
  }
  return assert.fail(`accepted ${text}`);
}

const statement = (fields: Readonly<Record<string, unknown>>): string => policyText(fields);

test("what is no policy is refused with the place", () => {
  for (const [text, place] of [
    [`{"Statement":[],"Extra":1}`, "Extra"],
    [`{"Version":"2012-10-18","Statement":[]}`, "Version"],
    [`{"Version":20121017,"Statement":[]}`, "Version"],
    [`{"Version":"2012-10-17"}`, "Statement"],
    [`{"Version":"2012-10-17","Statement":[]}`, "Statement"],
    [`{"Id":{},"Statement":[]}`, "Id"],
    [`{"Statement":"x"}`, "Statement[0]"],
    [statement({ Efect: "Deny" }), "Statement[0]"],
    [statement({ Effect: "deny" }), "Statement[0].Effect"],
    [statement({ Sid: "a b" }), "Statement[0].Sid"],
    [statement({ Sid: 1 }), "Statement[0].Sid"],
    [policyText({ Sid: "a" }, { Sid: "a" }), "Statement[1].Sid"],
    [statement({ Action: [] }), "Statement[0].Action"],
    [statement({ Action: "GetObject" }), "Statement[0].Action[0]"],
    [statement({ Action: ["s3:GetObject", "s3:a:b"] }), "Statement[0].Action[1]"],
    [statement({ Action: "s*:GetObject" }), "Statement[0].Action[0]"],
    [statement({ Action: `s3:\${aws:username}` }), "Statement[0].Action[0]"],
    [statement({ Action: 7 }), "Statement[0].Action"],
    [statement({ Action: "s3:*", NotAction: "s3:*" }), "Statement[0]"],
    [statement({ Resource: "bucket" }), "Statement[0].Resource[0]"],
    [statement({ Resource: ["*", "arn:aws-cn:s3:::b"] }), "Statement[0].Resource[1]"],
    [statement({ Resource: "arn:aws:s3:us-east-1::b" }), "Statement[0].Resource[0]"],
    [statement({ Resource: "arn:aws:s3" }), "Statement[0].Resource[0]"],
    [statement({ Resource: "arn:aws:s3:::b/${aws:user" }), "Statement[0].Resource"],
    [statement({ Resource: null }), "Statement[0].Resource"],
    [statement({ Principal: "*" }), "Statement[0].Principal"],
    [statement({ Condition: [] }), "Statement[0].Condition"],
    [statement({ Condition: { StringEquals: "x" } }), "Statement[0].Condition.StringEquals"],
    [
      statement({ Condition: { StringEquals: { "aws:x": [] } } }),
      "Statement[0].Condition.StringEquals.aws:x",
    ],
    [
      statement({ Condition: { StringEquals: { "aws:x": [null] } } }),
      "Statement[0].Condition.StringEquals.aws:x[0]",
    ],
    [
      statement({ Condition: { StringEquals: { "aws:x": { a: 1 } } } }),
      "Statement[0].Condition.StringEquals.aws:x",
    ],
    [
      statement({ Condition: { StringEquals: { prefix: "x" } } }),
      "Statement[0].Condition.StringEquals.prefix",
    ],
    [statement({ Condition: { StringIs: { "aws:x": "x" } } }), "Statement[0].Condition.StringIs"],
  ] as const) {
    const error = refusal(text);
    assert.equal(error.code, "MalformedPolicyDocument");
    assert.equal(error.place, place, text);
    if (place.startsWith("Statement[")) assert.ok(error.message.includes(`(${place})`), error.message);
  }
});

test("each kind of policy has its own elements", () => {
  for (const kind of ["trust", "bucket", "kms-key", "resource"] as const) {
    assert.equal(refusal(statement({ Action: "sts:AssumeRole" }), kind).place, "Statement[0].Principal");
  }
  const trust = { Principal: "*", Action: "sts:AssumeRole", Effect: "Allow" };
  const trustText = (fields: object): string => JSON.stringify({ Statement: [{ ...trust, ...fields }] });
  assert.equal(parsePolicyDocument(trustText({}), { kind: "trust" }).statements.length, 1);
  assert.equal(refusal(trustText({ Resource: "*" }), "trust").place, "Statement[0].Resource");
  assert.equal(refusal(trustText({ Action: "s3:GetObject" }), "trust").place, "Statement[0].Action[0]");
  assert.equal(
    refusal(`{"Statement":{"Effect":"Allow","NotPrincipal":"*","Action":"sts:AssumeRole"}}`, "trust").place,
    "Statement[0].NotPrincipal",
  );
  assert.equal(
    refusal(statement({ Principal: "*", Action: "iam:*" }), "bucket").place,
    "Statement[0].Action[0]",
  );
  assert.equal(refusal(statement({ Principal: "*", NotPrincipal: "*" }), "bucket").place, "Statement[0]");
});

test("AWS's words for the documents it was recorded with", () => {
  assert.equal(refusal("", "bucket").message, "Policies must be valid JSON and the first byte must be '{'");
  assert.equal(
    refusal("invalid policy", "bucket").message,
    "Policies must be valid JSON and the first byte must be '{'",
  );
  assert.equal(refusal("{}", "bucket").message, "Missing required field Statement");
  assert.equal(refusal("{", "trust").message, "This policy contains invalid Json");
});

test("a name that stands twice is refused, wherever it stands", () => {
  const { message } = refusal(
    `{"Statement":[{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]}`,
  );
  assert.equal(message, `Syntax errors in policy. (line 1, column 32: the name "Effect" stands twice)`);
});

test("sizes are limited before anything is looked at", () => {
  const long = policyText(...Array.from({ length: 10_000 }, () => ({})));
  assert.ok(long.length > 400_000);
  for (const kind of ["identity", "session", "trust", "bucket", "kms-key", "resource"] as const) {
    assert.equal(refusal(long, kind).code, "PolicyTooLarge");
    assert.equal(refusal("[".repeat(1_048_576), kind).code, "PolicyTooLarge");
  }
  const spaced = policyText({}).replaceAll(",", `,${" ".repeat(5000)}`);
  assert.equal(parsePolicyDocument(spaced, { kind: "identity" }).statements.length, 1);
  assert.equal(refusal(spaced, "session").code, "PolicyTooLarge");
  assert.throws(
    () => parsePolicyDocument(policyText({}), { kind: "identity", limits: { maxSize: 10 } }),
    PolicyError,
  );
});

test("as many statements as fit are indexed in time linear in them", () => {
  const statements = Array.from(
    { length: 2000 },
    (_, at) => `{"Effect":"Allow","Action":"a${at}:B","Resource":"*"}`,
  );
  const text = `{"Statement":[${statements.join(",")}]}`;
  const document = parsePolicyDocument(text, { kind: "identity", limits: { maxSize: 131_072 } });
  assert.equal(document.statementsFor("Allow", "a7:b").length, 1);
  assert.equal(document.statementsFor("Allow", "zz:b").length, 0);
  assert.equal(document.statementsFor("Deny", "a7:b").length, 0);
});

test("statements are found by the service of the action, in order, with those that speak of all", () => {
  const document = parsePolicyDocument(
    policyText(
      { Sid: "a", Action: "s3:Get*" },
      { Sid: "b", Action: "*" },
      { Sid: "c", Action: ["kms:Decrypt", "S3:PutObject"] },
      { Sid: "d", NotAction: "iam:*" },
      { Sid: "e", Action: "sts:*" },
    ),
    { kind: "identity" },
  );
  const sids = (action: string): string =>
    document
      .statementsFor("Allow", action)
      .map(({ sid }) => sid)
      .join("");
  assert.equal(sids("s3:getobject"), "abcd");
  assert.equal(sids("kms:decrypt"), "bcd");
  assert.equal(sids("sts:assumerole"), "bde");
  assert.equal(sids("iam:listusers"), "bd");
});

test("whatever text comes, it parses or a PolicyError says where not", () => {
  const values = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom<unknown>(
        "*",
        "Allow",
        "s3:*",
        "arn:aws:s3:::b/*",
        `\${aws:username}`,
        true,
        1,
        null,
        "2012-10-17",
      ),
      fc.array(tie("value"), { maxLength: 2 }),
      fc.dictionary(
        fc.constantFrom(
          "Statement",
          "Effect",
          "Action",
          "Resource",
          "Condition",
          "StringLike",
          "Bool",
          "aws:x",
          "Principal",
          "AWS",
          "__proto__",
        ),
        tie("value"),
        { maxKeys: 4 },
      ),
    ),
  })).value;
  fc.assert(
    fc.property(
      values,
      fc.constantFrom<PolicyKind>("identity", "trust", "bucket", "kms-key"),
      (value, kind) => {
        try {
          parsePolicyDocument(JSON.stringify(value), { kind });
        } catch (error) {
          assert.ok(error instanceof PolicyError, String(error));
          assert.ok(error.place !== "");
        }
      },
    ),
    { numRuns: 1000 },
  );
});
