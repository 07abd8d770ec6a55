import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "../principal.ts";
import { PolicyError } from "./policy-error.ts";
import { ACCOUNT, BOB, OTHER_ACCOUNT, ROOT, SESSION } from "./policy-fixture.ts";
import { compilePrincipals, type PrincipalMatch } from "./principal-element.ts";
import { type JsonValue, parseStrictJson } from "./strict-json.ts";

const ANYONE: Principal = { kind: "anonymous" };
const S3: Principal = { kind: "service", service: "s3.amazonaws.com" };
const CANONICAL_ID = "ab".repeat(32);
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/id.example.com`;
const WEB: Principal = { kind: "federated", provider: PROVIDER, subject: "someone" };
const FEDERATED_USER: Principal = {
  kind: "federated-user",
  accountId: ACCOUNT,
  arn: `arn:aws:sts::${ACCOUNT}:federated-user/guest`,
  userId: `${ACCOUNT}:guest`,
  federatedName: "guest",
  issuer: BOB,
  tags: new Map(),
};

function json(value: unknown): JsonValue {
  return parseStrictJson(JSON.stringify(value), 8).value;
}

function match(element: unknown, principal: Principal): PrincipalMatch | null {
  return compilePrincipals(json(element), false, true, "here").match(
    { principal, isBounded: false },
    "Allow",
  );
}

test("Principal names whom it names, as narrowly as it does", () => {
  const root = `arn:aws:iam::${ACCOUNT}:root`;
  for (const [element, principal, expected] of [
    ["*", ANYONE, "everyone"],
    [{ AWS: "*" }, ANYONE, "everyone"],
    [{ AWS: ["*"] }, S3, "everyone"],
    [{ AWS: ACCOUNT }, BOB, "account"],
    [{ AWS: root }, BOB, "account"],
    [{ AWS: root }, ROOT, "account"],
    [{ AWS: root }, SESSION, "account"],
    [{ AWS: root }, ANYONE, null],
    [{ AWS: OTHER_ACCOUNT }, BOB, null],
    [{ AWS: BOB.arn }, BOB, "principal"],
    [{ AWS: BOB.arn }, { ...BOB, arn: BOB.arn.toUpperCase() }, null],
    [{ AWS: BOB.userId }, BOB, "principal"],
    [{ AWS: BOB.arn }, ROOT, null],
    [{ AWS: [BOB.arn, SESSION.roleArn] }, SESSION, "role"],
    [{ AWS: SESSION.roleId }, SESSION, "role"],
    [{ AWS: [SESSION.roleArn, SESSION.arn] }, SESSION, "principal"],
    [{ AWS: [SESSION.roleArn, "*"] }, SESSION, "everyone"],
    [{ AWS: SESSION.arn }, { ...SESSION, arn: `${SESSION.arn}2` }, null],
    [{ AWS: ["*", BOB.arn] }, BOB, "principal"],
    [{ AWS: ["*", ACCOUNT] }, BOB, "everyone"],
    [{ AWS: FEDERATED_USER.arn }, FEDERATED_USER, "principal"],
    [{ AWS: BOB.arn }, FEDERATED_USER, "role"],
    [{ Service: "s3.amazonaws.com" }, S3, "principal"],
    [{ Service: ["kms.amazonaws.com"] }, S3, null],
    [{ Federated: PROVIDER }, WEB, "principal"],
    [{ Federated: "accounts.google.com" }, WEB, null],
    [{ CanonicalUser: CANONICAL_ID }, { ...BOB, canonicalUserId: CANONICAL_ID }, "account"],
    [{ CanonicalUser: CANONICAL_ID }, BOB, null],
    [{ Service: "s3.amazonaws.com", AWS: ACCOUNT }, BOB, "account"],
  ] as const) {
    assert.equal(match(element, principal), expected, `${JSON.stringify(element)} ${principal.kind}`);
  }
});

test("what names nobody is refused", () => {
  for (const element of [
    "bob",
    BOB.arn,
    {},
    [],
    null,
    { AWS: [] },
    { AWS: "bob" },
    { AWS: 1 },
    { AWS: "12345678901" },
    { AWS: `arn:aws:iam::${ACCOUNT}:user/*` },
    { AWS: `arn:aws:iam::${ACCOUNT}:*` },
    { AWS: `arn:aws:iam::${ACCOUNT}:group/g` },
    { AWS: `arn:aws-cn:iam::${ACCOUNT}:root` },
    { AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/reader/*` },
    { Service: "*" },
    { Service: "s3.example.com" },
    { Federated: "*" },
    { CanonicalUser: "*" },
    { Everyone: "*" },
  ]) {
    assert.throws(() => match(element, BOB), PolicyError, JSON.stringify(element));
  }
  assert.throws(
    () => compilePrincipals(json({ CanonicalUser: CANONICAL_ID }), false, false, "here"),
    PolicyError,
  );
});

function applies(
  effect: "Allow" | "Deny",
  listed: unknown,
  principal: Principal,
  isBounded = false,
): boolean {
  return compilePrincipals(json(listed), true, true, "here").match({ principal, isBounded }, effect) !== null;
}

test("a Deny with NotPrincipal spares only whom it lists with account, role and session", () => {
  const { arn, roleArn } = SESSION;
  assert.equal(applies("Deny", { AWS: [ACCOUNT, BOB.arn] }, BOB), false);
  assert.equal(applies("Deny", { AWS: BOB.arn }, BOB), true);
  assert.equal(applies("Deny", { AWS: ACCOUNT }, BOB), true);
  assert.equal(applies("Deny", { AWS: ACCOUNT }, ROOT), false);
  assert.equal(applies("Deny", { AWS: [ACCOUNT, roleArn] }, SESSION), true);
  assert.equal(applies("Deny", { AWS: [ACCOUNT, roleArn, arn] }, SESSION), false);
  assert.equal(applies("Deny", { AWS: [ACCOUNT, BOB.arn] }, ANYONE), true);
  assert.equal(applies("Deny", { Service: "s3.amazonaws.com" }, S3), false);
  assert.equal(applies("Deny", "*", BOB), false);
});

test("a Deny with NotPrincipal spares nobody who has a permissions boundary", () => {
  assert.equal(applies("Deny", { AWS: [ACCOUNT, BOB.arn] }, BOB, true), true);
});

test("an Allow with NotPrincipal leaves out whoever it lists by any name", () => {
  assert.equal(applies("Allow", { AWS: BOB.arn }, BOB), false);
  assert.equal(applies("Allow", { AWS: ACCOUNT }, BOB), false);
  assert.equal(applies("Allow", { AWS: SESSION.roleArn }, SESSION), false);
  assert.equal(applies("Allow", { AWS: BOB.arn }, SESSION), true);
  assert.equal(applies("Allow", { AWS: BOB.arn }, ANYONE), true);
});
