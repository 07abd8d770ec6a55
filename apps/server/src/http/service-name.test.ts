import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SERVICES, serviceOf } from "./service-name.ts";

const signedFor = (service: string) => ({
  url: "/",
  headers: {
    authorization: `AWS4-HMAC-SHA256 Credential=AKIA/20261124/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`,
  },
});

test("the scope of the signature names the service, in the header or in a presigned query", () => {
  for (const service of SERVICES) {
    assert.equal(serviceOf(signedFor(service)), service);
    for (const separator of ["%2F", "/", "%2f"]) {
      const credential = ["AKIA", "20261124", "us-east-1", service, "aws4_request"].join(separator);
      assert.equal(serviceOf({ url: `/?X-Amz-Credential=${credential}&x=1`, headers: {} }), service);
    }
  }
});

test("an unknown service and an unsigned request are S3's to refuse", () => {
  assert.equal(serviceOf(signedFor("ec2")), "s3");
  assert.equal(serviceOf({ url: "/bucket/key", headers: {} }), "s3");
  assert.equal(serviceOf({ url: undefined, headers: { authorization: "Basic x" } }), "s3");
});

test("a target header names the service of an unsigned request", () => {
  assert.equal(serviceOf({ url: "/", headers: { "x-amz-target": "TrentService.Encrypt" } }), "kms");
  assert.equal(
    serviceOf({ url: "/", headers: { "x-amz-target": "CloudTrail_20131101.LookupEvents" } }),
    "cloudtrail",
  );
  assert.equal(serviceOf({ url: "/", headers: { "x-amz-target": "Other.Thing" } }), "s3");
});

test("a web identity comes unsigned, as a form or in a query", () => {
  const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
  assert.equal(serviceOf({ method: "POST", url: "/", headers }), "sts");
  const query = "?Version=2011-06-15&Action=AssumeRoleWithWebIdentity";
  assert.equal(serviceOf({ method: "GET", url: `/${query}`, headers: {} }), "sts");
  assert.equal(serviceOf({ method: "POST", url: "/bucket", headers }), "s3");
  assert.equal(serviceOf({ method: "PUT", url: "/", headers }), "s3");
  const signed = { ...headers, authorization: "AWS4-HMAC-SHA256 x" };
  assert.equal(serviceOf({ method: "POST", url: "/", headers: signed }), "s3");
  const form = { "content-type": "multipart/form-data; boundary=x" };
  assert.equal(serviceOf({ method: "POST", url: "/", headers: form }), "s3");
});

test("whatever the request says, one of the services gets it", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (url, authorization) => {
      assert(SERVICES.includes(serviceOf({ url, headers: { authorization } })));
    }),
  );
});
