import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { S3Error } from "../errors.ts";
import { type BucketEncryption, DEFAULT_BUCKET_ENCRYPTION } from "../http/bucket-encryption.ts";
import type { S3Request } from "../http/s3-request.ts";
import { planEncryption } from "./encryption-plan.ts";
import { refuseEncryptionHeaders } from "./refused-headers.ts";

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
    signature: { kind: "header", signedAtMs: 0 },
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

const open: BucketEncryption = { ...DEFAULT_BUCKET_ENCRYPTION, blocked: "NONE" };
const planOf = (headers: Readonly<Record<string, string>>, bucket: BucketEncryption = open) =>
  planEncryption(requestWith(headers), bucket);
const onPut = (headers: Readonly<Record<string, string>>, secure = true): string =>
  refusal(() => planEncryption(requestWith(headers, secure), open));
const elsewhere = (headers: Readonly<Record<string, string>>, operation = "GetObject"): string =>
  refusal(() => refuseEncryptionHeaders(requestWith(headers), operation));

test("§3.5 the request decides, else the bucket", () => {
  const keyId = "alias/of-the-bucket";
  const byKms: BucketEncryption = { ...open, algorithm: "aws:kms", kmsKeyId: keyId, bucketKeyEnabled: true };
  assert.deepEqual(planOf({}), { scheme: "sse-s3" });
  assert.deepEqual(planOf({ [SSE]: "AES256" }, byKms), { scheme: "sse-s3" });
  assert.deepEqual(planOf({}, byKms), { scheme: "sse-kms", keyId, context: {}, bucketKey: true });
  assert.deepEqual(planOf({ [SSE]: "aws:kms" }, byKms), {
    scheme: "sse-kms",
    keyId: "alias/aws/s3",
    context: {},
    bucketKey: true,
  });
  const flagged = {
    [SSE]: "aws:kms",
    [`${SSE}-bucket-key-enabled`]: "false",
    [`${SSE}-aws-kms-key-id`]: "k",
  };
  assert.deepEqual(planOf(flagged, byKms), { scheme: "sse-kms", keyId: "k", context: {}, bucketKey: false });
  assert.deepEqual(planOf(trio, byKms), { scheme: "sse-c" });
  assert.deepEqual(planOf({ [SSE]: "aws:kms:dsse" }, byKms), {
    scheme: "dsse-kms",
    keyId: "alias/aws/s3",
    context: {},
  });
  assert.deepEqual(planOf({ [`${SSE}-bucket-key-enabled`]: "true" }), { scheme: "sse-s3" });
});

test("§3.6 [L-90] a bucket that blocks customers' keys refuses them before it looks at them", () => {
  const message = /^403 AccessDenied: User: .* because this bucket has blocked upload requests/;
  for (const headers of [trio, { ...trio, [`${C}-algorithm`]: "x" }, { ...trio, [SSE]: "AES256" }]) {
    assert.match(
      refusal(() => planOf(headers, DEFAULT_BUCKET_ENCRYPTION)),
      message,
    );
  }
});

test("§2.2 #9 the requester's context is kept, and its ARN pair must be the right one", () => {
  const withContext = (pairs: object) => ({
    [SSE]: "aws:kms",
    [`${SSE}-context`]: Buffer.from(JSON.stringify(pairs)).toString("base64"),
  });
  const right = withContext({ "aws:s3:arn": "arn:aws:s3:::vault/k", team: "é" });
  assert.deepEqual(planOf(right), {
    scheme: "sse-kms",
    keyId: "alias/aws/s3",
    context: { team: "é" },
    bucketKey: false,
  });
  assert.match(onPut(withContext({ "aws:s3:arn": "arn:aws:s3:::vault/other" })), /^400 InvalidArgument/);
});

test("§2.2 #5 a pair whose name objects swallow is refused, not lost", () => {
  const text = Buffer.from('{"team":"a","__proto__":"b"}').toString("base64");
  assert.match(onPut({ [SSE]: "aws:kms", [`${SSE}-context`]: text }), /^400 InvalidArgument: The header/);
});

test("§2.2 #5 a name that stands there twice is refused: one of its values would be lost", () => {
  const withText = (json: string): string =>
    onPut({ [SSE]: "aws:kms", [`${SSE}-context`]: Buffer.from(json).toString("base64") });
  for (const json of [
    '{"team":"a","team":"b"}',
    '{"team":"a","team":"a"}',
    '{"team":"a","\\u0074eam":"b"}',
    '{"team":{"a":"b"},"team":"c"}',
    '{"team":1,"team":"c"}',
  ]) {
    assert.match(withText(json), /^400 InvalidArgument: The header/, json);
  }
  const quoting = '{ "a\\"" : "\\\\" , "" : "{\\"x\\":\\"y\\"}" }';
  assert.equal(withText(quoting), "accepted", "quotes within texts begin no text");
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

test("[L-54] a header of the family that is not known is never passed over", () => {
  assert.match(onPut({ [`${SSE}-something-new`]: "1" }), /^501 NotImplemented/);
});

test("§2.6 keys of the key service take version 4 of the signature", () => {
  const unsigned = refusal(() =>
    planEncryption({ ...requestWith({ [SSE]: "aws:kms" }), signature: null }, open),
  );
  assert.match(unsigned, /^400 InvalidArgument: .* require AWS Signature Version 4\.$/);
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

test("§2.3 #6 a key is 32 bytes in padded base64, and no other text that a lenient decoder would take", () => {
  const url = Buffer.alloc(32, 0xff);
  const text = url.toString("base64");
  const onKey = (key: string, digest = md5(url)): string =>
    onPut({ ...trio, [`${C}-key`]: key, [`${C}-key-md5`]: digest });
  assert.equal(onKey(text), "accepted");
  const texts = [
    url.toString("base64url"),
    `${url.toString("base64url")}=`,
    text.slice(0, -1),
    `${text}=`,
    `${text},${text}`,
    `${text.slice(0, 8)} ${text.slice(8)}`,
    `*${text}`,
    "",
  ];
  for (const key of texts) {
    const expected = key === "" ? /The calculated MD5 hash/ : /The secret key was invalid for the specified/;
    assert.match(onKey(key), expected, key);
  }
  assert.match(onKey(text, Buffer.from(md5(url), "base64").toString("base64url")), /The calculated MD5 hash/);
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

test("§2.3 #9 a key where none is of use is refused", () => {
  const message = "400 InvalidRequest: The encryption parameters are not applicable to this object.";
  assert.equal(elsewhere(trio, "DeleteObject"), message);
  assert.equal(elsewhere(trio, "GetObject"), "accepted", "the object decides");
  assert.equal(elsewhere({ [`${C}-key`]: "x" }, "UploadPart"), "accepted", "the bucket is asked first");
});

test("[L-112] [L-113] no refusal repeats key material", () => {
  const secretText = customerKey.toString("base64");
  for (const headers of [trio, { ...trio, [`${C}-algorithm`]: "x" }, { ...trio, [`${C}-key-md5`]: "AA==" }]) {
    for (const act of [
      () => planOf(headers, DEFAULT_BUCKET_ENCRYPTION),
      () => refuseEncryptionHeaders(requestWith(headers), "GetObject"),
    ]) {
      try {
        act();
      } catch (error) {
        assert.ok(error instanceof S3Error);
        assert.ok(!JSON.stringify([error.message, error.fields, error.stack]).includes(secretText));
      }
    }
  }
});
