import assert from "node:assert/strict";
import { createHmac, createSecretKey } from "node:crypto";
import { test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import { SigningKeys } from "@strongroom/wire";
import { S3Error } from "../errors.ts";
import { readFormSignature, verifyFormSignature } from "./form-signature.ts";

/** The example of S3's documentation, "Browser-Based Upload using HTTP POST". */
const EXAMPLE_POLICY =
  "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9";
const EXAMPLE = {
  policy: EXAMPLE_POLICY,
  "x-amz-algorithm": "AWS4-HMAC-SHA256",
  "x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request",
  "x-amz-date": "20151229T000000Z",
  "x-amz-signature": "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e",
};
const SECRET_TEXT = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const secret = new SecretBytes(Buffer.from(SECRET_TEXT));
const keys = new SigningKeys();

function verdict(fields: Readonly<Record<string, string | undefined>>): string {
  const present = Object.entries(fields).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  try {
    const signature = readFormSignature(new Map(present), "us-east-1");
    if (signature === null) return "anonymous";
    verifyFormSignature(signature, secret, (scope) => keys.signingKey(signature.accessKeyId, secret, scope));
    return signature.version;
  } catch (error) {
    if (error instanceof S3Error) return `${error.code} ${Object.values(error.fields)[0] ?? ""}`.trim();
    throw error;
  }
}

test("the example of S3's documentation verifies, and no change of it does", () => {
  assert.equal(verdict(EXAMPLE), "AWS4-HMAC-SHA256");
  const mismatch = "SignatureDoesNotMatch AKIAIOSFODNN7EXAMPLE";
  assert.equal(verdict({ ...EXAMPLE, policy: EXAMPLE_POLICY.slice(0, -2) }), mismatch);
  for (const signature of [
    "",
    "é".repeat(32),
    EXAMPLE["x-amz-signature"].toUpperCase(),
    EXAMPLE["x-amz-signature"].replace("8", "9"),
  ]) {
    assert.equal(verdict({ ...EXAMPLE, "x-amz-signature": signature }), mismatch);
  }
});

test("version 2 signs the policy with the secret itself", () => {
  const hmac = createHmac("sha1", createSecretKey(Buffer.from(SECRET_TEXT)));
  const signature = hmac.update(EXAMPLE_POLICY).digest("base64");
  const form = { policy: EXAMPLE_POLICY, awsaccesskeyid: "AKIAIOSFODNN7EXAMPLE", signature };
  assert.equal(verdict(form), "AWS");
  assert.equal(
    verdict({ ...form, signature: [...signature].reverse().join("") }),
    "SignatureDoesNotMatch AKIAIOSFODNN7EXAMPLE",
  );
  assert.equal(verdict({ ...form, "x-amz-date": "20151229T000000Z" }), "InvalidArgument X-Amz-Algorithm");
});

test("what is missing is named, in the version the form began with (recorded)", () => {
  const without = (...names: readonly string[]): string =>
    verdict({ ...EXAMPLE, ...Object.fromEntries(names.map((name) => [name, undefined])) });
  assert.equal(without("x-amz-signature"), "InvalidArgument X-Amz-Signature");
  assert.equal(without("x-amz-algorithm", "x-amz-credential"), "InvalidArgument X-Amz-Algorithm");
  assert.equal(without("policy"), "InvalidArgument policy");
  assert.equal(verdict({ policy: EXAMPLE_POLICY, awsaccesskeyid: "A" }), "InvalidArgument Signature");
  assert.equal(verdict({ policy: EXAMPLE_POLICY, signature: "s" }), "InvalidArgument AWSAccessKeyId");
  assert.equal(verdict({ policy: EXAMPLE_POLICY }), "anonymous");
});

test("a credential of another day, region, service or algorithm is refused", () => {
  for (const change of [
    { "x-amz-credential": "AKIA/20151230/us-east-1/s3/aws4_request" },
    { "x-amz-credential": "AKIA/20151229/eu-west-1/s3/aws4_request" },
    { "x-amz-credential": "AKIA/20151229/us-east-1/kms/aws4_request" },
    { "x-amz-credential": "AKIA/20151229/us-east-1/s3" },
    { "x-amz-date": "2015-12-29T00:00:00Z" },
    { "x-amz-algorithm": "AWS4-HMAC-SHA1" },
  ]) {
    assert.match(
      verdict({ ...EXAMPLE, ...change }),
      /^AuthorizationQueryParametersError/,
      JSON.stringify(change),
    );
  }
});
