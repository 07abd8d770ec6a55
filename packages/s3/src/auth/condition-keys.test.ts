import assert from "node:assert/strict";
import { test } from "node:test";
import type { S3Request } from "../http/s3-request.ts";
import type { RequiredPermission } from "../operation.ts";
import { requestOf } from "../operations/exchange-fixture.ts";
import { getObject } from "../operations/get-object.ts";
import { isS3ConditionKey, S3_CONDITION_KEYS } from "./condition-keys.ts";
import { RequestConditions } from "./request-conditions.ts";

const NOW_MS = Date.UTC(2026, 0, 1, 0, 10);
const EVERY_HEADER: Readonly<Record<string, string>> = {
  "x-amz-acl": "public-read",
  "x-amz-grant-read": "id=1",
  "x-amz-grant-write": "id=2",
  "x-amz-grant-read-acp": "id=3",
  "x-amz-grant-write-acp": "id=4",
  "x-amz-grant-full-control": "id=5",
  "x-amz-server-side-encryption": "aws:kms",
  "x-amz-server-side-encryption-aws-kms-key-id": "1234abcd-12ab-34cd-56ef-1234567890ab",
  "x-amz-server-side-encryption-customer-algorithm": "AES256",
  "x-amz-copy-source": "/source/a%20b?versionId=null",
  "x-amz-metadata-directive": "REPLACE",
  "x-amz-storage-class": "STANDARD",
  "x-amz-website-redirect-location": "/x",
  "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
  "x-amz-tagging": "Team=a&cost=1",
  "x-amz-object-lock-mode": "GOVERNANCE",
  "x-amz-object-lock-retain-until-date": "2026-01-11T00:10:00Z",
  "x-amz-object-lock-legal-hold": "ON",
  "x-amz-object-ownership": "ObjectWriter",
  "if-match": "etag",
  "if-none-match": "*",
  "user-agent": "agent",
  referer: "https://example.com/",
};

function ask(
  action: string,
  names: readonly string[],
  of: Partial<S3Request> & { readonly headers?: Readonly<Record<string, string>>; operation?: string } = {},
  permission: Partial<RequiredPermission> = {},
): readonly (readonly string[] | undefined)[] {
  const { headers = EVERY_HEADER, operation = "PutObject", ...overrides } = of;
  const request = { ...requestOf(getObject, { headers }), ...overrides };
  const conditions = new RequestConditions({
    request,
    operation,
    permission: { action, bucket: "b", objectKey: "k", ...permission },
    resourceAccountId: "222222222222",
    nowMs: NOW_MS,
    region: "eu-west-1",
    fetched: {
      existingTags: () => ({ Colour: "blue" }),
      requestTags: () => ({ body: "yes" }),
      requestLock: () => ({ mode: "COMPLIANCE", retainUntilDate: "2026-01-21T00:10:00Z", legalHold: "OFF" }),
      upload: () => ({
        encryption: { algorithm: "aws:kms", kmsKeyArn: "arn:aws:kms:eu-west-1:1:key/k" },
        lock: { mode: "COMPLIANCE", retainUntilDate: "2026-01-31T00:10:00.000Z", legalHold: "ON" },
        initiatedMs: NOW_MS - 86_400_000,
      }),
    },
  });
  return names.map((name) => conditions.find(name));
}

test("every key has the value that the request gives it, for the actions that have it", () => {
  const expected: readonly (readonly [action: string, key: string, values: readonly string[]])[] = [
    ["s3:PutObject", "s3:x-amz-acl", ["public-read"]],
    ["s3:PutObjectAcl", "s3:x-amz-grant-read", ["id=1"]],
    ["s3:PutObjectAcl", "s3:x-amz-grant-write", ["id=2"]],
    ["s3:PutObjectAcl", "s3:x-amz-grant-read-acp", ["id=3"]],
    ["s3:PutBucketAcl", "s3:x-amz-grant-write-acp", ["id=4"]],
    ["s3:CreateBucket", "s3:x-amz-grant-full-control", ["id=5"]],
    ["s3:PutObject", "s3:x-amz-server-side-encryption", ["aws:kms"]],
    [
      "s3:PutObject",
      "s3:x-amz-server-side-encryption-aws-kms-key-id",
      ["arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
    ],
    ["s3:PutObject", "s3:x-amz-server-side-encryption-customer-algorithm", ["AES256"]],
    ["s3:PutObject", "s3:x-amz-metadata-directive", ["REPLACE"]],
    ["s3:PutObject", "s3:x-amz-storage-class", ["STANDARD"]],
    ["s3:PutObject", "s3:x-amz-website-redirect-location", ["/x"]],
    ["s3:PutObject", "s3:if-match", ["etag"]],
    ["s3:PutObject", "s3:if-none-match", ["*"]],
    ["s3:PutObject", "s3:objectcreationoperation", ["true"]],
    ["s3:PutObject", "s3:requestobjecttag/team", ["a"]],
    ["s3:PutObject", "s3:requestobjecttagkeys", ["Team", "cost"]],
    ["s3:GetObject", "s3:existingobjecttag/colour", ["blue"]],
    ["s3:PutObjectRetention", "s3:object-lock-mode", ["GOVERNANCE"]],
    ["s3:PutObject", "s3:object-lock-retain-until-date", ["2026-01-11T00:10:00.000Z"]],
    ["s3:PutObject", "s3:object-lock-remaining-retention-days", ["10"]],
    ["s3:PutObjectLegalHold", "s3:object-lock-legal-hold", ["ON"]],
    ["s3:CreateBucket", "s3:x-amz-object-ownership", ["ObjectWriter"]],
    ["s3:GetObject", "s3:x-amz-content-sha256", ["UNSIGNED-PAYLOAD"]],
    ["s3:GetObject", "s3:authtype", ["REST-HEADER"]],
    ["s3:GetObject", "s3:signatureversion", ["AWS4-HMAC-SHA256"]],
    ["s3:GetObject", "s3:signatureage", ["600000"]],
    ["s3:GetObject", "s3:tlsversion", ["1.3"]],
    ["s3:GetObject", "s3:resourceaccount", ["222222222222"]],
    ["s3:GetObject", "aws:resourceaccount", ["222222222222"]],
    ["s3:GetObject", "aws:securetransport", ["true"]],
    ["s3:GetObject", "aws:sourceip", ["192.0.2.1"]],
    ["s3:GetObject", "aws:useragent", ["agent"]],
    ["s3:GetObject", "aws:referer", ["https://example.com/"]],
    ["s3:GetObject", "aws:currenttime", ["2026-01-01T00:10:00.000Z"]],
    ["s3:GetObject", "aws:epochtime", [String(NOW_MS / 1000)]],
    ["s3:GetObject", "aws:requestedregion", ["eu-west-1"]],
    ["s3:GetObject", "aws:viaawsservice", ["false"]],
    ["s3:GetObject", "aws:principalarn", ["arn:aws:iam::111111111111:root"]],
    ["s3:GetObject", "aws:principalaccount", ["111111111111"]],
  ];
  for (const [action, key, values] of expected) {
    const [found] = ask(action, [key], { sourceIp: "192.0.2.1", secure: true, tlsVersion: "1.3" });
    assert.deepEqual(found, values, `${key} of ${action}`);
  }
  const copied = ask("s3:PutObject", ["s3:x-amz-copy-source"], { operation: "CopyObject" });
  assert.deepEqual(copied, [["source/a b?versionId=null"]]);
  assert.deepEqual(ask("s3:PutObject", ["s3:x-amz-copy-source"]), [undefined]);
  const lists = {
    query: new Map([
      ["prefix", "p"],
      ["delimiter", "/"],
      ["max-keys", "7"],
    ]),
  };
  assert.deepEqual(ask("s3:ListBucketVersions", ["s3:prefix", "s3:delimiter", "s3:max-keys"], lists), [
    ["p"],
    ["/"],
    ["7"],
  ]);
  assert.deepEqual(ask("s3:GetObjectVersion", ["s3:versionid"], {}, { versionId: "v" }), [["v"]]);
  const servedSource = { arn: "arn:aws:s3:::source", accountId: "111111111111" };
  const ofSource = ["aws:sourcearn", "aws:sourceaccount"];
  assert.deepEqual(ask("s3:PutObject", ofSource, { servedSource }), [
    ["arn:aws:s3:::source"],
    ["111111111111"],
  ]);
  assert.deepEqual(ask("s3:PutObject", ofSource), [undefined, undefined]);
  const tested = new Set([
    ...ofSource,
    ...expected.map(([, key]) => key),
    "s3:prefix",
    "s3:delimiter",
    "s3:max-keys",
    "s3:versionid",
    "s3:x-amz-copy-source",
  ]);
  assert.deepEqual(
    [...S3_CONDITION_KEYS.keys()].filter((key) => !tested.has(key)),
    [],
    "keys without a test",
  );
});

test("[L-165] no header or parameter makes a key, or shadows one", () => {
  const forged = {
    "s3:prefix": "all",
    "aws:principalarn": "arn:aws:iam::222222222222:root",
    "aws:securetransport": "true",
    "aws:sourceip": "10.0.0.1",
    "x-forwarded-for": "10.0.0.1",
    "s3:existingobjecttag/a": "b",
    "aws:calledvia": "kms.amazonaws.com",
  };
  const names = Object.keys(forged);
  const found = ask("s3:GetObject", names, {
    headers: forged,
    query: new Map(Object.entries(forged)),
    secure: false,
    sourceIp: "192.0.2.1",
    tlsVersion: null,
  });
  assert.deepEqual(found, [
    undefined,
    ["arn:aws:iam::111111111111:root"],
    ["false"],
    ["192.0.2.1"],
    undefined,
    undefined,
    undefined,
  ]);
});

test("keys of other actions are absent, not empty", () => {
  const names = ["s3:x-amz-server-side-encryption", "s3:x-amz-acl", "s3:requestobjecttag/team", "s3:prefix"];
  assert.deepEqual(ask("s3:GetObject", names), [undefined, undefined, undefined, undefined]);
  assert.deepEqual(ask("s3:DeleteObject", ["s3:existingobjecttag/colour"]), [undefined]);
});

test("an unsigned request has no keys of a signature; a plaintext one no TLS version", () => {
  const names = ["s3:authtype", "s3:signatureversion", "s3:signatureage", "s3:tlsversion"];
  const of = { signature: null, secure: false, tlsVersion: null };
  assert.deepEqual(ask("s3:GetObject", names, of), [undefined, undefined, undefined, undefined]);
});

test("[L-164] the parts of an upload count as encrypted as it was begun, and make no object", () => {
  const names = [
    "s3:x-amz-server-side-encryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:objectcreationoperation",
  ];
  const during = (operation: string) => ask("s3:PutObject", names, { headers: {}, operation });
  const key = ["arn:aws:kms:eu-west-1:1:key/k"];
  assert.deepEqual(during("UploadPart"), [["aws:kms"], key, ["false"]]);
  assert.deepEqual(during("CompleteMultipartUpload"), [["aws:kms"], key, ["true"]]);
  assert.deepEqual(during("CreateMultipartUpload"), [undefined, undefined, ["false"]]);
  assert.deepEqual(during("PutObject"), [undefined, undefined, ["true"]]);
});

test("[L-164] [L-165] a part is judged by the lock of its upload, whatever its headers say", () => {
  const names = [
    "s3:object-lock-mode",
    "s3:object-lock-retain-until-date",
    "s3:object-lock-remaining-retention-days",
    "s3:object-lock-legal-hold",
  ];
  const during = (action: string, operation: string) => ask(action, names, { operation });
  const sent = [["GOVERNANCE"], ["2026-01-11T00:10:00.000Z"], ["10"], ["ON"]];
  for (const operation of ["PutObject", "PostObject", "CopyObject", "CreateMultipartUpload"]) {
    assert.deepEqual(during("s3:PutObject", operation), sent, operation);
  }
  const begun = [["COMPLIANCE"], ["2026-01-31T00:10:00.000Z"], ["31"], ["ON"]];
  for (const operation of ["UploadPart", "UploadPartCopy", "CompleteMultipartUpload"]) {
    assert.deepEqual(during("s3:PutObject", operation), begun, operation);
  }
});

test("the date of a lock is judged as the moment it stands for, however it is written", () => {
  const days = (date: string) =>
    ask("s3:PutObject", ["s3:object-lock-remaining-retention-days"], {
      headers: { "x-amz-object-lock-retain-until-date": date },
    })[0];
  assert.deepEqual(days("2026-01-11"), ["10"]);
  assert.deepEqual(days("2026-01-11T02:10:00+0200"), ["10"]);
  assert.deepEqual(days("2026-01-11T02:10:00+02:00"), ["10"]);
  assert.equal(days("2026-01-11T00:00:00+99:99"), undefined, "and is refused as no date");
});

test("policies may ask for the keys there are, and no others", () => {
  for (const key of ["s3:prefix", "s3:existingobjecttag/a", "s3:dataaccesspointarn", "s3:buckettag/a"]) {
    assert.equal(isS3ConditionKey(key), true, key);
  }
  for (const key of ["s3:nonsense", "s3:existingobject/a", "s3:"])
    assert.equal(isS3ConditionKey(key), false, key);
});
