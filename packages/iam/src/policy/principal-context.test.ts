import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "../principal.ts";
import { ACCOUNT, BOB, ROOT, SESSION } from "./policy-fixture.ts";
import { joinContexts, mapContext, principalContext } from "./principal-context.ts";

const KEYS = [
  "aws:principalarn",
  "aws:principalaccount",
  "aws:principaltype",
  "aws:principalisawsservice",
  "aws:principalservicename",
  "aws:userid",
  "aws:username",
  "aws:principaltag/team",
];

function keysOf(principal: Principal): Readonly<Record<string, string>> {
  const context = principalContext(principal);
  return Object.fromEntries(KEYS.flatMap((key) => context.find(key)?.map((value) => [key, value]) ?? []));
}

test("each kind of principal gives the keys that IAM documents for it", () => {
  const common = { "aws:principalaccount": ACCOUNT, "aws:principalisawsservice": "false" };
  assert.deepEqual(keysOf(BOB), {
    ...common,
    "aws:principalarn": BOB.arn,
    "aws:principaltype": "User",
    "aws:userid": BOB.userId,
    "aws:username": "bob",
    "aws:principaltag/team": "audit",
  });
  assert.deepEqual(keysOf(SESSION), {
    ...common,
    "aws:principalarn": SESSION.roleArn,
    "aws:principaltype": "AssumedRole",
    "aws:userid": SESSION.userId,
  });
  assert.deepEqual(keysOf(ROOT), {
    ...common,
    "aws:principalarn": ROOT.arn,
    "aws:principaltype": "Account",
    "aws:userid": ACCOUNT,
  });
  assert.deepEqual(keysOf({ kind: "anonymous" }), {
    "aws:principalisawsservice": "false",
    "aws:principaltype": "Anonymous",
    "aws:userid": "anonymous",
  });
  assert.deepEqual(keysOf({ kind: "service", service: "s3.amazonaws.com" }), {
    "aws:principalisawsservice": "true",
    "aws:principalservicename": "s3.amazonaws.com",
  });
});

test("[L-165] of joined contexts the first that knows a key gives it", () => {
  const joined = joinContexts(
    principalContext(BOB),
    mapContext({ "AWS:UserName": ["root"], "aws:Other": ["x"] }),
  );
  assert.deepEqual(joined.find("aws:username"), ["bob"]);
  assert.deepEqual(joined.find("aws:other"), ["x"]);
  assert.equal(joined.find("aws:none"), undefined);
});
