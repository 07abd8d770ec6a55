import type { Scenarios } from "../scenario.ts";

const CLASS = "test_s3_api.py::TestS3BucketEncryption::";

/** The encryption that every bucket has. */
export const ENCRYPTION_DEFAULTS: Scenarios = {
  [`${CLASS}test_s3_default_bucket_encryption`]: async (t) => {
    await t.match("default-bucket-encryption", "GetBucketEncryption");
    await t.match("delete-bucket-encryption", "DeleteBucketEncryption");
    await t.match("delete-bucket-encryption-idempotent", "DeleteBucketEncryption");
    await t.match("get-bucket-no-encryption", "GetBucketVersioning");
  },
  [`${CLASS}test_s3_default_bucket_encryption_exc`]: async (t) => {
    const gone = { Bucket: `fakebucket-${Date.now()}` };
    const rules = (...Rules: object[]): object => ({ ServerSideEncryptionConfiguration: { Rules } });
    const by = (SSEAlgorithm: string, more: object = {}): object => ({
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm, ...more },
    });
    const put = (label: string, input: object): Promise<unknown> =>
      t.match(label, "PutBucketEncryption", { ...input });
    await t.match("get-bucket-enc-no-bucket", "GetBucketEncryption", gone);
    await t.match("delete-bucket-enc-no-bucket", "DeleteBucketEncryption", gone);
    await put("put-bucket-enc-no-bucket", { ...gone, ...rules() });
    await put("put-bucket-encryption-no-rules", rules());
    await put(
      "put-bucket-encryption-two-rules",
      rules({ ...by("aws:kms"), BucketKeyEnabled: true }, by("AES256")),
    );
    await put("put-bucket-encryption-kms-with-aes", rules(by("AES256", { KMSMasterKeyID: "randomkeyid" })));
  },
  [`${CLASS}test_s3_bucket_encryption_sse_s3`]: async (t) => {
    const Key = "key-encrypted";
    const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: true };
    await t.match("put-bucket-enc", "PutBucketEncryption", {
      ServerSideEncryptionConfiguration: { Rules: [rule] },
    });
    await t.match("put-object-encrypted", "PutObject", { Key, Body: "test-encrypted" });
    await t.match("head-object-encrypted", "HeadObject", { Key });
    await t.match("get-object-encrypted", "GetObject", { Key });
  },
};
