import assert from "node:assert/strict";
import { test } from "node:test";
import { ACCOUNT, BOB, parse, SESSION, type StatementFields } from "./policy-fixture.ts";
import { isPublicPolicy } from "./public-policy.ts";

const isPublic = (...statements: readonly StatementFields[]): boolean =>
  isPublicPolicy(parse("bucket", ...statements.map((fields) => ({ Action: "s3:GetObject", ...fields }))));

const given = (operator: string, key: string, value: unknown): boolean =>
  isPublic({ Principal: "*", Condition: { [operator]: { [key]: value } } });

test("a policy is public when a statement allows everyone", () => {
  assert.equal(isPublic({ Principal: "*" }), true);
  assert.equal(isPublic({ Principal: { AWS: [BOB.arn, "*"] } }), true);
  assert.equal(isPublic({ NotPrincipal: { AWS: BOB.arn } }), true);
  assert.equal(isPublic({ Principal: { AWS: ACCOUNT } }, { Principal: "*" }), true);
  assert.equal(isPublic({ Principal: { AWS: [ACCOUNT, BOB.arn] } }), false);
  assert.equal(isPublic({ Principal: { Service: "s3.amazonaws.com" } }), false);
  assert.equal(isPublic({ Principal: "*", Effect: "Deny" }), false);
  assert.equal(isPublic({ Principal: "*" }, { Principal: "*", Effect: "Deny" }), true);
});

test("a condition that holds access to fixed values makes a statement not public", () => {
  for (const [operator, key, value] of [
    ["StringEquals", "aws:SourceVpc", "vpc-91237329"],
    ["StringEquals", "aws:SourceVpce", ["vpce-1", "vpce-2"]],
    ["StringLike", "aws:SourceVpc", "vpc-91237329"],
    ["StringEquals", "aws:PrincipalOrgID", "o-abcdefghij"],
    ["StringEqualsIgnoreCase", "aws:SourceAccount", ACCOUNT],
    ["ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-abcdefghij/r-ab12/ou-1/*"],
    ["ArnEquals", "aws:SourceArn", `arn:aws:sns:eu-west-1:${ACCOUNT}:topic`],
    ["ArnLike", "aws:PrincipalArn", `arn:aws:iam::${ACCOUNT}:role/*`],
    ["StringLike", "aws:userid", `${SESSION.roleId}:*`],
    ["StringEquals", "AWS:USERID", BOB.userId],
    ["IpAddress", "aws:SourceIp", ["192.0.2.0/24", "2001:db8::/32"]],
    ["IpAddress", "aws:SourceIp", "10.0.0.0/8"],
    ["StringEquals", "s3:x-amz-server-side-encryption-aws-kms-key-id", `arn:aws:kms:r:${ACCOUNT}:key/1`],
    ["Bool", "aws:PrincipalIsAWSService", "true"],
  ] as const) {
    assert.equal(given(operator, key, value), false, `${operator} ${key}`);
  }
});

test("a condition that leaves it open does not", () => {
  for (const [operator, key, value] of [
    ["StringLike", "aws:SourceVpc", "vpc-*"],
    ["StringEquals", "aws:SourceVpc", `\${aws:PrincipalTag/vpc}`],
    ["StringEquals", "aws:SourceVpc", ["vpc-1", "vpc-?"]],
    ["StringNotEquals", "aws:SourceVpc", "vpc-91237329"],
    ["StringEqualsIfExists", "aws:SourceVpc", "vpc-91237329"],
    ["ForAllValues:StringEquals", "aws:PrincipalOrgPaths", "o-abcdefghij/x/"],
    ["StringLike", "aws:PrincipalOrgPaths", "*"],
    ["ArnLike", "aws:SourceArn", "arn:aws:sns:eu-west-1:*:topic"],
    ["ArnLike", "aws:PrincipalArn", "*"],
    ["StringLike", "aws:userid", "*:session"],
    ["IpAddress", "aws:SourceIp", "0.0.0.0/1"],
    ["IpAddress", "aws:SourceIp", ["192.0.2.0/24", "8.0.0.0/7"]],
    ["IpAddress", "aws:SourceIp", "2001::/31"],
    ["NotIpAddress", "aws:SourceIp", "192.0.2.0/24"],
    ["Bool", "aws:SecureTransport", "true"],
    ["Bool", "aws:PrincipalIsAWSService", "false"],
    ["StringEquals", "aws:Referer", "https://example.com/"],
    ["StringEquals", "aws:PrincipalTag/team", "audit"],
    ["Null", "aws:SourceVpc", "false"],
  ] as const) {
    assert.equal(given(operator, key, value), true, `${operator} ${key}`);
  }
});
