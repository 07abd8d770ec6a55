import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "../principal.ts";
import type { Decision, ResourcePolicy, ResourcePolicyMode } from "./authorization.ts";
import {
  ACCOUNT,
  ask,
  BOB,
  bucketPolicy,
  named,
  OTHER_ACCOUNT,
  type Question,
  ROOT,
  SESSION,
  type StatementFields,
} from "./policy-fixture.ts";

const ALL: readonly StatementFields[] = [{}];
const NOTHING: readonly StatementFields[] = [{ Action: "iam:ListUsers" }];
const ANYONE: Principal = { kind: "anonymous" };
const ABROAD = { resourceAccountId: OTHER_ACCOUNT };

const summary = (decision: Decision): string =>
  decision.allowed ? "allowed" : `${decision.by === null ? "no" : "deny"} ${decision.because}`;

function check(table: readonly (readonly [string, Question, string])[]): void {
  for (const [name, question, expected] of table) assert.equal(summary(ask(question)), expected, name);
}

const to = (principal: unknown, fields: StatementFields = {}): ResourcePolicy =>
  bucketPolicy({ Principal: principal, Action: "s3:*", ...fields });

function keyPolicy(
  mode: ResourcePolicyMode,
  principal: unknown,
  more: Partial<ResourcePolicy> = {},
): ResourcePolicy {
  return { policy: named("kms-key", { Principal: principal }), mode, ...more };
}

test("a key's policy must allow, itself or through the account", () => {
  const kms = { action: "kms:Decrypt", resource: `arn:aws:kms:eu-west-1:${ACCOUNT}:key/1` };
  const byUser = keyPolicy("delegates", { AWS: BOB.arn });
  const byAccount = keyPolicy("delegates", { AWS: ACCOUNT });
  const byOther = keyPolicy("delegates", { AWS: SESSION.roleArn });
  check([
    ["identity alone", { ...kms, identity: ALL, resourcePolicy: byOther }, "no resource-based policy"],
    [
      "no key policy at all",
      { ...kms, identity: ALL, resourcePolicy: { policy: null, mode: "delegates" } },
      "no resource-based policy",
    ],
    ["by user", { ...kms, resourcePolicy: byUser }, "allowed"],
    ["delegated, identity silent", { ...kms, resourcePolicy: byAccount }, "no identity-based policy"],
    ["delegated, identity allows", { ...kms, identity: ALL, resourcePolicy: byAccount }, "allowed"],
    [
      "delegated, bounded",
      { ...kms, identity: ALL, boundary: NOTHING, resourcePolicy: byAccount },
      "no permissions boundary",
    ],
    ["root, delegated", { ...kms, principal: ROOT, resourcePolicy: byAccount }, "allowed"],
    ["root, not delegated", { ...kms, principal: ROOT, resourcePolicy: byUser }, "no resource-based policy"],
    ["everyone", { ...kms, resourcePolicy: keyPolicy("delegates", "*") }, "allowed"],
    [
      "across accounts by account",
      { ...kms, ...ABROAD, identity: ALL, resourcePolicy: byAccount },
      "allowed",
    ],
    [
      "across accounts by user alone",
      { ...kms, ...ABROAD, resourcePolicy: byUser },
      "no identity-based policy",
    ],
  ]);
});

test("a role's trust policy must allow; naming the account leaves it to identity policies", () => {
  const assume = { action: "sts:AssumeRole", resource: SESSION.roleArn };
  const trust = (principal: unknown): ResourcePolicy => ({
    policy: {
      name: "trust",
      document: named("resource", { Principal: principal, Action: "sts:*" }).document,
    },
    mode: "required",
  });
  const provider = `arn:aws:iam::${ACCOUNT}:oidc-provider/id.example.com`;
  const web: Principal = { kind: "federated", provider, subject: "someone" };
  check([
    [
      "identity alone",
      { ...assume, identity: ALL, resourcePolicy: trust({ AWS: SESSION.roleArn }) },
      "no resource-based policy",
    ],
    ["by user", { ...assume, resourcePolicy: trust({ AWS: BOB.arn }) }, "allowed"],
    ["by account alone", { ...assume, resourcePolicy: trust({ AWS: ACCOUNT }) }, "no identity-based policy"],
    [
      "by account and identity",
      { ...assume, identity: ALL, resourcePolicy: trust({ AWS: ACCOUNT }) },
      "allowed",
    ],
    [
      "another account's",
      { ...assume, ...ABROAD, identity: ALL, resourcePolicy: trust({ AWS: ACCOUNT }) },
      "allowed",
    ],
    [
      "another account's, identity silent",
      { ...assume, ...ABROAD, resourcePolicy: trust({ AWS: BOB.arn }) },
      "no identity-based policy",
    ],
    [
      "web identity",
      { ...assume, principal: web, resourcePolicy: trust({ Federated: provider }) },
      "allowed",
    ],
    [
      "other provider",
      { ...assume, principal: web, resourcePolicy: trust({ Federated: "accounts.google.com" }) },
      "no resource-based policy",
    ],
    [
      "nothing stands in for it",
      { ...assume, resourcePolicy: { ...trust({ AWS: OTHER_ACCOUNT }), alsoAllowedBy: "x" } },
      "no resource-based policy",
    ],
  ]);
});

test("what something beside the policies allows counts like a grant to the principal", () => {
  const grant: ResourcePolicy = { policy: null, mode: "delegates", alsoAllowedBy: "grant 1" };
  const list: ResourcePolicy = {
    policy: null,
    mode: "or-identity",
    alsoAllowedBy: "acl",
    alsoAllows: "account",
  };
  check([
    ["user", { resourcePolicy: grant }, "allowed"],
    ["across accounts", { ...ABROAD, resourcePolicy: grant }, "allowed"],
    ["session", { principal: SESSION, resourcePolicy: grant }, "allowed"],
    [
      "[L-167] a session policy still narrows it",
      { principal: SESSION, session: [NOTHING], resourcePolicy: grant },
      "no session policy",
    ],
    ["anonymous", { principal: ANYONE, resourcePolicy: { ...grant, mode: "or-identity" } }, "allowed"],
    ["for the account: identity silent", { ...ABROAD, resourcePolicy: list }, "no identity-based policy"],
    ["for the account: identity allows", { ...ABROAD, identity: ALL, resourcePolicy: list }, "allowed"],
    ["for the account: root", { ...ABROAD, principal: ROOT, resourcePolicy: list }, "allowed"],
    ["for an account, anonymous", { principal: ANYONE, resourcePolicy: list }, "no resource-based policy"],
  ]);
});

test("a federated user has what its issuer may and its session policies allow", () => {
  const guest: Principal = {
    kind: "federated-user",
    accountId: ACCOUNT,
    arn: `arn:aws:sts::${ACCOUNT}:federated-user/guest`,
    userId: `${ACCOUNT}:guest`,
    federatedName: "guest",
    issuer: BOB,
    tags: new Map(),
  };
  const ofRoot: Principal = { ...guest, issuer: ROOT };
  check([
    ["no session policy", { principal: guest, identity: ALL }, "no session policy"],
    ["both", { principal: guest, identity: ALL, session: [ALL] }, "allowed"],
    ["of root", { principal: ofRoot, session: [ALL] }, "allowed"],
    ["granted itself", { principal: guest, resourcePolicy: to({ AWS: guest.arn }) }, "allowed"],
    [
      "granted to the issuer",
      { principal: guest, session: [NOTHING], resourcePolicy: to({ AWS: BOB.arn }) },
      "no session policy",
    ],
  ]);
});
