import assert from "node:assert/strict";
import { test } from "node:test";
import { S3Error } from "../errors.ts";
import { readObjectEncryption } from "./object-encryption-document.ts";

const ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const document = (content: string): string =>
  `<ObjectEncryption xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</ObjectEncryption>`;

test("§3.7 what the SDKs send", () => {
  const key = `<KMSKeyArn>${ARN}</KMSKeyArn>`;
  assert.deepEqual(readObjectEncryption(document(`<SSE-KMS>${key}</SSE-KMS>`)), {
    keyArn: ARN,
    bucketKeyEnabled: false,
  });
  const flagged = `<SSE-KMS>${key}<BucketKeyEnabled>true</BucketKeyEnabled></SSE-KMS>`;
  assert.equal(readObjectEncryption(document(flagged)).bucketKeyEnabled, true);
});

test("§3.7 each fault has its own words", () => {
  const kms = (content: string): string => `<SSE-KMS>${content}</SSE-KMS>`;
  const cases: readonly [string, RegExp][] = [
    ["", /require a valid new encryption type/],
    ["<SSE-S3/>", /require a valid new encryption type/],
    ["<DSSE-KMS/>", /doesn't support updating the encryption type to DSSE-KMS or SSE-C/],
    ["<SSE-C/>", /doesn't support updating the encryption type to DSSE-KMS or SSE-C/],
    [kms(""), /require an AWS KMS key Amazon Resource Name/],
    [kms("<KMSKeyArn>alias/x</KMSKeyArn>"), /require a valid AWS KMS key/],
    [kms(`<KMSKeyArn>${ARN.replace("key/", "alias/")}</KMSKeyArn>`), /require a valid AWS KMS key/],
    [
      kms(`<KMSKeyArn>${ARN}</KMSKeyArn><BucketKeyEnabled>yes</BucketKeyEnabled>`),
      /BucketKeyEnabled value isn't/,
    ],
  ];
  for (const [content, message] of cases) {
    assert.throws(
      () => readObjectEncryption(document(content)),
      (error: unknown) =>
        error instanceof S3Error && error.code === "InvalidRequest" && message.test(error.message),
      content,
    );
  }
});

test("§3.7 elements that are not known are refused: they might ask for something", () => {
  const kms = `<SSE-KMS><KMSKeyArn>${ARN}</KMSKeyArn></SSE-KMS>`;
  const inside = `<SSE-KMS><KMSKeyArn>${ARN}</KMSKeyArn><KMSContext>e30=</KMSContext></SSE-KMS>`;
  for (const content of [inside, `${kms}<Other/>`, `${kms}${kms}`]) {
    assert.throws(() => readObjectEncryption(document(content)), { code: "MalformedXML" }, content);
  }
});
