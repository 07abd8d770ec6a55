import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "../principal.ts";
import type { Decision, ResourcePolicy } from "./authorization.ts";
import {
  ACCOUNT,
  ask,
  BOB,
  bucketPolicy,
  OBJECT,
  OTHER_ACCOUNT,
  type Question,
  ROOT,
  SESSION,
  type StatementFields,
} from "./policy-fixture.ts";

const ALL: readonly StatementFields[] = [{}];
const NOTHING: readonly StatementFields[] = [{ Action: "iam:ListUsers" }];
const DENY: readonly StatementFields[] = [{ Effect: "Deny" }];
const ANYONE: Principal = { kind: "anonymous" };
const ABROAD = { resourceAccountId: OTHER_ACCOUNT };

const summary = (decision: Decision): string =>
  decision.allowed ? "allowed" : `${decision.by === null ? "no" : "deny"} ${decision.because}`;

function check(table: readonly (readonly [string, Question, string])[]): void {
  for (const [name, question, expected] of table) assert.equal(summary(ask(question)), expected, name);
}

const to = (principal: unknown, fields: StatementFields = {}): ResourcePolicy =>
  bucketPolicy({ Principal: principal, Action: "s3:*", ...fields });

test("inside an account either side suffices", () => {
  check([
    ["nothing allows", {}, "no identity-based policy"],
    ["identity", { identity: ALL }, "allowed"],
    ["identity of another action", { identity: NOTHING }, "no identity-based policy"],
    ["bucket policy, by user", { resourcePolicy: to({ AWS: BOB.arn }) }, "allowed"],
    ["bucket policy, everyone", { resourcePolicy: to("*") }, "allowed"],
    [
      "bucket policy, the account alone",
      { resourcePolicy: to({ AWS: ACCOUNT }) },
      "no identity-based policy",
    ],
    [
      "bucket policy, by role",
      { principal: SESSION, resourcePolicy: to({ AWS: SESSION.roleArn }) },
      "allowed",
    ],
    [
      "bucket policy, by session",
      { principal: SESSION, resourcePolicy: to({ AWS: SESSION.arn }) },
      "allowed",
    ],
    ["action case", { identity: [{ Action: "S3:getobject" }] }, "allowed"],
    [
      "resource case",
      { identity: [{ Resource: OBJECT.toUpperCase().replace("ARN:AWS:S3", "arn:aws:s3") }] },
      "no identity-based policy",
    ],
    ["NotAction", { identity: [{ NotAction: "iam:*" }] }, "allowed"],
    ["NotAction of it", { identity: [{ NotAction: "s3:Get*" }] }, "no identity-based policy"],
    ["NotResource", { identity: [{ NotResource: "arn:aws:s3:::other/*" }] }, "allowed"],
    [
      "NotResource of it",
      { identity: [{ NotResource: "arn:aws:s3:::reports/*" }] },
      "no identity-based policy",
    ],
  ]);
});

test("an explicit deny of any policy wins over every allow", () => {
  const granted: Question = { identity: ALL, resourcePolicy: to({ AWS: BOB.arn }) };
  check([
    ["identity", { ...granted, identity: [...ALL, ...DENY] }, "deny identity-based policy"],
    ["boundary", { ...granted, boundary: [...ALL, ...DENY] }, "deny permissions boundary"],
    ["session", { ...granted, session: [[...ALL, ...DENY]] }, "deny session policy"],
    ["one of two sessions", { ...granted, session: [ALL, [...ALL, ...DENY]] }, "deny session policy"],
    ["resource", { ...granted, resourcePolicy: to("*", { Effect: "Deny" }) }, "deny resource-based policy"],
    [
      "resource, by account",
      { ...granted, resourcePolicy: to({ AWS: ACCOUNT }, { Effect: "Deny" }) },
      "deny resource-based policy",
    ],
    [
      "root by its bucket's policy",
      { principal: ROOT, resourcePolicy: to("*", { Effect: "Deny" }) },
      "deny resource-based policy",
    ],
    ["abroad", { ...granted, ...ABROAD, identity: [...ALL, ...DENY] }, "deny identity-based policy"],
    [
      "whom something else allows",
      { resourcePolicy: { ...to("*", { Effect: "Deny" }), alsoAllowedBy: "grant" } },
      "deny resource-based policy",
    ],
  ]);
});

test("across accounts both sides must allow", () => {
  check([
    ["identity alone", { ...ABROAD, identity: ALL }, "no resource-based policy"],
    ["resource alone", { ...ABROAD, resourcePolicy: to({ AWS: BOB.arn }) }, "no identity-based policy"],
    ["everyone, without identity", { ...ABROAD, resourcePolicy: to("*") }, "no identity-based policy"],
    ["by user", { ...ABROAD, identity: ALL, resourcePolicy: to({ AWS: BOB.arn }) }, "allowed"],
    ["by account", { ...ABROAD, identity: ALL, resourcePolicy: to({ AWS: ACCOUNT }) }, "allowed"],
    [
      "by another account",
      { ...ABROAD, identity: ALL, resourcePolicy: to({ AWS: OTHER_ACCOUNT }) },
      "no resource-based policy",
    ],
    [
      "a bounded user",
      { ...ABROAD, identity: ALL, boundary: NOTHING, resourcePolicy: to({ AWS: BOB.arn }) },
      "no permissions boundary",
    ],
    [
      "a bounded session",
      {
        ...ABROAD,
        principal: SESSION,
        identity: ALL,
        session: [NOTHING],
        resourcePolicy: to({ AWS: SESSION.arn }),
      },
      "no session policy",
    ],
    ["root", { ...ABROAD, principal: ROOT, resourcePolicy: to({ AWS: ACCOUNT }) }, "allowed"],
    ["root, unnamed", { ...ABROAD, principal: ROOT }, "no resource-based policy"],
  ]);
});

test("[L-167] boundary and session policy narrow what identity policies allow, and allow nothing themselves", () => {
  check([
    ["boundary alone", { boundary: ALL }, "no identity-based policy"],
    ["session alone", { principal: SESSION, session: [ALL] }, "no identity-based policy"],
    ["all three", { principal: SESSION, identity: ALL, boundary: ALL, session: [ALL] }, "allowed"],
    ["silent boundary", { identity: ALL, boundary: NOTHING }, "no permissions boundary"],
    ["silent session", { principal: SESSION, identity: ALL, session: [NOTHING] }, "no session policy"],
    ["session policies add up", { principal: SESSION, identity: ALL, session: [NOTHING, ALL] }, "allowed"],
    ["no session policy of none", { principal: SESSION, identity: ALL, session: [] }, "no session policy"],
    ["root's session", { principal: ROOT, session: [NOTHING] }, "no session policy"],
  ]);
});

test("a resource's grant to a role is bounded; to a user, to one session or to everyone it is not", () => {
  const limits = { boundary: NOTHING, session: [NOTHING] };
  check([
    ["user", { boundary: NOTHING, resourcePolicy: to({ AWS: BOB.arn }) }, "allowed"],
    [
      "role, boundary",
      { principal: SESSION, boundary: NOTHING, resourcePolicy: to({ AWS: SESSION.roleArn }) },
      "no permissions boundary",
    ],
    [
      "role, session policy",
      { principal: SESSION, session: [NOTHING], resourcePolicy: to({ AWS: SESSION.roleArn }) },
      "no session policy",
    ],
    ["session", { principal: SESSION, ...limits, resourcePolicy: to({ AWS: SESSION.arn }) }, "allowed"],
    ["everyone", { principal: SESSION, ...limits, resourcePolicy: to("*") }, "allowed"],
    [
      "session and role",
      { principal: SESSION, ...limits, resourcePolicy: to({ AWS: [SESSION.roleArn, SESSION.arn] }) },
      "allowed",
    ],
  ]);
});

test("of several statements that allow, the one that needs least decides", () => {
  const both = bucketPolicy(
    { Principal: { AWS: SESSION.roleArn }, Action: "s3:*" },
    { Principal: "*", Action: "s3:*" },
    { Principal: { AWS: ACCOUNT }, Action: "s3:*" },
  );
  const question: Question = { principal: SESSION, boundary: NOTHING, resourcePolicy: both };
  assert.equal(summary(ask(question)), "allowed");
});

test("the root of an account needs no policy inside it", () => {
  check([
    ["own", { principal: ROOT }, "allowed"],
    [
      "own, with a bucket policy of others",
      { principal: ROOT, resourcePolicy: to({ AWS: BOB.arn }) },
      "allowed",
    ],
  ]);
});

test("anonymous and service principals have what resources grant them", () => {
  const service: Principal = { kind: "service", service: "logging.s3.amazonaws.com" };
  check([
    ["no policy", { principal: ANYONE }, "no resource-based policy"],
    ["everyone", { principal: ANYONE, resourcePolicy: to("*") }, "allowed"],
    ["an account", { principal: ANYONE, resourcePolicy: to({ AWS: ACCOUNT }) }, "no resource-based policy"],
    ["identity policies mean nothing", { principal: ANYONE, identity: ALL }, "no resource-based policy"],
    [
      "service",
      { principal: service, resourcePolicy: to({ Service: "logging.s3.amazonaws.com" }) },
      "allowed",
    ],
    [
      "other service",
      { principal: service, resourcePolicy: to({ Service: "s3.amazonaws.com" }) },
      "no resource-based policy",
    ],
  ]);
});

test("a decision names the statement, by Sid or by number", () => {
  const by = (question: Question): unknown => ask(question).by;
  assert.deepEqual(by({ identity: [{ Action: "iam:*" }, {}] }), {
    policyKind: "identity",
    policyName: "identity",
    statement: "1",
  });
  assert.deepEqual(by({ resourcePolicy: to({ AWS: BOB.arn }, { Sid: "Readers of reports" }) }), {
    policyKind: "resource",
    policyName: "bucket",
    statement: "Readers of reports",
  });
  assert.deepEqual(by({ identity: ALL, boundary: [{ Sid: "", Effect: "Deny" }] }), {
    policyKind: "boundary",
    policyName: "identity",
    statement: "0",
  });
  assert.equal(by({ principal: ROOT }), null);
  assert.equal(by({}), null);
});

test("variables and conditions see the request's keys", () => {
  const own = [{ Resource: `arn:aws:s3:::reports/\${aws:PrincipalTag/team}/*` }];
  const tls = [{ Condition: { Bool: { "aws:SecureTransport": "true" } } }];
  const noTls = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Condition: { Bool: { "aws:SecureTransport": false } },
  };
  check([
    ["own folder", { identity: own, resource: "arn:aws:s3:::reports/audit/x" }, "allowed"],
    ["other folder", { identity: own, resource: "arn:aws:s3:::reports/board/x" }, "no identity-based policy"],
    [
      "no tag",
      { principal: SESSION, identity: own, resource: "arn:aws:s3:::reports/audit/x" },
      "no identity-based policy",
    ],
    ["tls", { identity: tls, context: { "aws:SecureTransport": ["true"] } }, "allowed"],
    ["no tls", { identity: tls, context: { "aws:SecureTransport": ["false"] } }, "no identity-based policy"],
    [
      "denied without tls",
      { identity: ALL, resourcePolicy: bucketPolicy(noTls), context: { "aws:SecureTransport": ["false"] } },
      "deny resource-based policy",
    ],
    [
      "not denied with tls",
      { identity: ALL, resourcePolicy: bucketPolicy(noTls), context: { "aws:SecureTransport": ["true"] } },
      "allowed",
    ],
  ]);
});

test("a pattern with a variable without a value matches no resource, in Resource as in NotResource", () => {
  const resource = `arn:aws:s3:::reports/\${aws:PrincipalTag/none}/*`;
  check([
    ["Resource", { identity: [{ Resource: resource }] }, "no identity-based policy"],
    ["Resource of a deny", { identity: [{}, { Effect: "Deny", Resource: resource }] }, "allowed"],
    ["NotResource", { identity: [{ NotResource: resource }] }, "allowed"],
    [
      "NotResource of a deny",
      { identity: [{}, { Effect: "Deny", NotResource: resource }] },
      "deny identity-based policy",
    ],
  ]);
});
