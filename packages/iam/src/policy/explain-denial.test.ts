import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuthorizationRequest, Decision } from "./authorization.ts";
import { explainDenial } from "./explain-denial.ts";
import { ACCOUNT, BOB, contextOf, SESSION } from "./policy-fixture.ts";

const by = { policyKind: "identity", policyName: "secret-policy", statement: "secret-sid" } as const;

function explain(request: Partial<AuthorizationRequest>, decision: Decision): string {
  const asked = {
    principal: BOB,
    action: "s3:GetObject",
    resource: "arn:aws:s3:::b/k",
    resourceAccountId: ACCOUNT,
  };
  return explainDenial({ ...asked, context: contextOf(BOB, {}), ...request }, decision);
}

const silent = (because: Extract<Decision, { allowed: false }>["because"]): Decision => ({
  allowed: false,
  by: null,
  because,
});
const denied = (because: Extract<Decision, { allowed: false }>["because"]): Decision => ({
  allowed: false,
  by,
  because,
});

test("S3 quotes the resource, the others do not", () => {
  assert.equal(
    explain({}, silent("identity-based policy")),
    `User: ${BOB.arn} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/k" because no identity-based policy allows the s3:GetObject action`,
  );
  assert.equal(
    explain({ action: "kms:Decrypt", resource: "arn:aws:kms:r:1:key/2" }, silent("resource-based policy")),
    `User: ${BOB.arn} is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:r:1:key/2 because no resource-based policy allows the kms:Decrypt action`,
  );
  assert.equal(
    explain({ principal: SESSION, action: "iam:ListUsers", resource: "*" }, silent("permissions boundary")),
    `User: ${SESSION.arn} is not authorized to perform: iam:ListUsers on resource: * because no permissions boundary allows the iam:ListUsers action`,
  );
});

test("an explicit deny names the kind of policy and nothing of it", () => {
  for (const [because, phrase] of [
    ["identity-based policy", "an identity-based policy"],
    ["resource-based policy", "a resource-based policy"],
    ["permissions boundary", "a permissions boundary"],
    ["session policy", "a session policy"],
  ] as const) {
    const text = explain({}, denied(because));
    assert.ok(text.endsWith(`"arn:aws:s3:::b/k" with an explicit deny in ${phrase}`), text);
    assert.ok(!text.includes("secret"));
  }
});

test("STS says nothing of a trust policy", () => {
  const assume = { action: "sts:AssumeRole", resource: SESSION.roleArn };
  const bare = `User: ${BOB.arn} is not authorized to perform: sts:AssumeRole on resource: ${SESSION.roleArn}`;
  assert.equal(explain(assume, silent("resource-based policy")), bare);
  assert.equal(explain(assume, denied("resource-based policy")), bare);
  assert.equal(
    explain(assume, silent("identity-based policy")),
    `${bare} because no identity-based policy allows the sts:AssumeRole action`,
  );
  const web = { kind: "federated", provider: "arn:aws:iam::1:oidc-provider/id", subject: "x" } as const;
  assert.equal(
    explain({ principal: web, action: "sts:AssumeRoleWithWebIdentity" }, silent("resource-based policy")),
    "Not authorized to perform sts:AssumeRoleWithWebIdentity",
  );
});

test("an allowed request has nothing to explain", () => {
  assert.throws(() => explain({}, { allowed: true, by: null }), TypeError);
});
