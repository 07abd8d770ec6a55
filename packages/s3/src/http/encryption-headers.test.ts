import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { S3Error } from "../errors.ts";
import { readEncryptionPlan, refuseEncryptionHeaders } from "./encryption-headers.ts";
import type { S3Request } from "./s3-request.ts";

const SSE = "x-amz-server-side-encryption";
const C = `${SSE}-customer`;
const customerKey = Buffer.alloc(32, 7);
const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("base64");
const trio = {
  [`${C}-algorithm`]: "AES256",
  [`${C}-key`]: customerKey.toString("base64"),
  [`${C}-key-md5`]: md5(customerKey),
};

function requestWith(headers: Readonly<Record<string, string>>, secure = true): S3Request {
  return {
    requestId: "0",
    method: "PUT",
    bucket: "vault",
    objectKey: "k",
    query: new Map(),
    header: (name) => headers[name],
    headerNames: () => Object.keys(headers),
    caller: {
      principal: { kind: "anonymous" },
      session: null,
      accountId: "",
      canonicalUserId: "",
      arn: "",
      displayName: "",
    },
    signature: null,
    sourceIp: "192.0.2.1",
    secure,
    tlsVersion: secure ? "1.3" : null,
    body: (async function* () {})(),
    integrity: {},
    readText: async () => "",
  };
}

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof S3Error) return `${error.status} ${error.code}: ${error.message}`;
  }
  return "accepted";
}

const onPut = (headers: Readonly<Record<string, string>>, secure = true): string =>
  refusal(() => readEncryptionPlan(requestWith(headers, secure), "PutObject"));
const elsewhere = (headers: Readonly<Record<string, string>>, operation = "GetObject"): string =>
  refusal(() => refuseEncryptionHeaders(requestWith(headers), operation));

test("no header and AES256 mean SSE-S3", () => {
  assert.deepEqual(readEncryptionPlan(requestWith({}), "PutObject"), { scheme: "sse-s3" });
  assert.deepEqual(readEncryptionPlan(requestWith({ [SSE]: "AES256" }), "CopyObject"), { scheme: "sse-s3" });
  assert.equal(onPut({ [SSE]: "AES256", [`${SSE}-bucket-key-enabled`]: "false" }), "accepted");
  assert.match(onPut({ [SSE]: "AES256", [`${SSE}-bucket-key-enabled`]: "true" }), /^501 NotImplemented/);
});

test("§2.2 #1 [L-52] [L-53] values that are no method are refused", () => {
  for (const value of ["", "aes256", "AES-256", "aes:kms", "AWS:KMS", "aws:kms ", "AES256,AES256"]) {
    assert.equal(
      onPut({ [SSE]: value }),
      "400 InvalidArgument: The encryption method specified is not supported",
      JSON.stringify(value),
    );
  }
});

test("§2.2 #2 a KMS key id or context needs aws:kms", () => {
  const message =
    "400 InvalidArgument: Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms";
  assert.equal(onPut({ [`${SSE}-aws-kms-key-id`]: "k" }), message);
  assert.equal(onPut({ [SSE]: "AES256", [`${SSE}-aws-kms-key-id`]: "k" }), message);
  assert.equal(onPut({ [`${SSE}-context`]: "e30=" }), message);
});

test("[L-54] well-formed KMS and customer-key writes are not implemented, never stored otherwise", () => {
  for (const headers of [{ [SSE]: "aws:kms" }, { [SSE]: "aws:kms:dsse" }, trio]) {
    assert.match(onPut(headers), /^501 NotImplemented/);
  }
  assert.match(onPut({ [`${SSE}-something-new`]: "1" }), /^501 NotImplemented/);
});

test("§2.2 #5 #7 malformed context and bucket key flag are refused before the scheme is", () => {
  const withContext = (context: string): string => onPut({ [SSE]: "aws:kms", [`${SSE}-context`]: context });
  for (const text of ["[]", '{"a":1}', '{"a":{}}', "1", "{", "null"]) {
    assert.match(withContext(Buffer.from(text).toString("base64")), /^400 InvalidArgument: The header/, text);
  }
  assert.match(withContext("no base64!"), /^400 InvalidArgument: The header/);
  assert.match(onPut({ [SSE]: "aws:kms", [`${SSE}-bucket-key-enabled`]: "yes" }), /^400 InvalidArgument/);
});

test("§2.3 the customer key is checked in S3's order", () => {
  const without = (...parts: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      Object.entries(trio).filter(([name]) => !parts.some((part) => name === `${C}-${part}`)),
    );
  const short = Buffer.alloc(31, 1);
  const cases: readonly [Record<string, string>, RegExp][] = [
    [{ ...trio, [SSE]: "AES256" }, /is incompatible with the encryption method specified$/],
    [without("algorithm"), /must provide a valid encryption algorithm\.$/],
    [without("key"), /must provide an appropriate secret key\.$/],
    [{ ...trio, [`${C}-algorithm`]: "AES128" }, /^400 InvalidEncryptionAlgorithmError/],
    [without("key-md5"), /must provide the client calculated MD5 of the secret key\.$/],
    [{ ...trio, [`${C}-key-md5`]: md5(Buffer.from("x")) }, /^400 InvalidArgument: The calculated MD5 hash/],
    [{ ...trio, [`${C}-key`]: short.toString("base64") }, /^400 InvalidArgument: The calculated MD5 hash/],
    [
      { ...trio, [`${C}-key`]: short.toString("base64"), [`${C}-key-md5`]: md5(short) },
      /^400 InvalidArgument: The secret key was invalid for the specified algorithm\.$/,
    ],
  ];
  for (const [headers, expected] of cases) assert.match(onPut(headers), expected);
});

test("§2.3 #16 §2.6 [L-168] [L-169] keys and KMS over a plain connection are refused on every operation", () => {
  assert.match(onPut(trio, false), /must be made over a secure connection\.$/);
  assert.match(onPut({ [SSE]: "aws:kms" }, false), /must be made over a secure connection\.$/);
  assert.match(
    refusal(() => refuseEncryptionHeaders(requestWith(trio, false), "GetObject")),
    /must be made over a secure connection\.$/,
  );
});

test("§2.2 #4 operations that choose no encryption refuse the header", () => {
  for (const value of ["AES256", "aws:kms", "nonsense"]) {
    assert.equal(
      elsewhere({ [SSE]: value }, "UploadPart"),
      "400 InvalidArgument: x-amz-server-side-encryption header is not supported for this operation.",
    );
  }
  assert.equal(elsewhere({}), "accepted");
});

test("§2.3 #9 #13 a key for an object that needs none is refused", () => {
  assert.equal(
    elsewhere(trio),
    "400 InvalidRequest: The encryption parameters are not applicable to this object.",
  );
  assert.match(elsewhere(trio, "UploadPart"), /^400 InvalidRequest: The multipart upload initiate requested/);
});

test("[L-112] [L-113] no refusal repeats key material", () => {
  const secretText = customerKey.toString("base64");
  for (const headers of [trio, { ...trio, [`${C}-algorithm`]: "x" }, { ...trio, [`${C}-key-md5`]: "AA==" }]) {
    for (const act of [
      () => readEncryptionPlan(requestWith(headers), "PutObject"),
      () => refuseEncryptionHeaders(requestWith(headers), "GetObject"),
    ]) {
      try {
        act();
        assert.fail("accepted");
      } catch (error) {
        assert.ok(error instanceof S3Error);
        assert.ok(!JSON.stringify([error.message, error.fields, error.stack]).includes(secretText));
      }
    }
  }
});
