import assert from "node:assert/strict";
import { test } from "node:test";
import type { PrincipalPolicies } from "./authorization.ts";
import { parsePolicyDocument } from "./parse-policy-document.ts";
import { ACCOUNT, BOB, contextOf, named, OBJECT } from "./policy-fixture.ts";
import { listContextKeys, type Simulation, simulate } from "./simulate.ts";

const TEXT = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::reports/\${aws:PrincipalTag/Team}/*",
      "Condition": {"Bool": {"aws:SecureTransport": "true"}, "DateLessThan": {"aws:CurrentTime": "2030-01-01"}}
    },
    {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
    {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}
  ]
}`;

const POLICIES: PrincipalPolicies = {
  identity: [{ name: "PolicyInputList.1", document: parsePolicyDocument(TEXT, { kind: "identity" }) }],
  boundary: null,
  session: null,
};

function run(action: string, policies: PrincipalPolicies = POLICIES): Simulation {
  const context = contextOf(BOB, { "aws:securetransport": ["true"] });
  const request = { principal: BOB, action, resource: OBJECT, resourceAccountId: ACCOUNT, context };
  return simulate(request, policies, null);
}

test("a simulation shows where the statements stand that made the decision", () => {
  const span = { start: { line: 8, column: 5 }, end: { line: 8, column: 59 } };
  assert.deepEqual(run("s3:PutObject"), {
    decision: "allowed",
    matchedStatements: [{ policyKind: "identity", policyName: "PolicyInputList.1", span }],
    missingContextKeys: ["aws:CurrentTime"],
    isAllowedByBoundary: null,
  });
});

test("when one denies, only those that deny are shown; of silence none", () => {
  const deleted = run("s3:DeleteObject");
  assert.equal(deleted.decision, "explicitDeny");
  assert.deepEqual(
    deleted.matchedStatements.map(({ span }) => span.start.line),
    [9],
  );
  const other = run("iam:ListUsers");
  assert.deepEqual([other.decision, other.matchedStatements], ["implicitDeny", []]);
});

test("a boundary is looked at alone as well", () => {
  const bounded = { ...POLICIES, boundary: named("identity", { Action: "s3:Get*" }) };
  assert.equal(run("s3:PutObject", bounded).decision, "implicitDeny");
  assert.equal(run("s3:PutObject", bounded).isAllowedByBoundary, false);
  assert.equal(run("s3:GetObject", bounded).isAllowedByBoundary, true);
});

test("the keys that policies look at are listed once, as first written", () => {
  assert.deepEqual(
    listContextKeys([
      ...POLICIES.identity,
      named("identity", { Condition: { Null: { "AWS:currenttime": "true" } } }),
    ]),
    ["aws:SecureTransport", "aws:CurrentTime", "aws:PrincipalTag/Team"],
  );
});
