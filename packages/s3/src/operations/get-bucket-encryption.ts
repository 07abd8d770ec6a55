import { bucketPermission, requireBucketName } from "../http/addressed.ts";
import {
  type BucketEncryption,
  bucketEncryptionDocument,
  parseStoredEncryption,
} from "../http/bucket-encryption.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
}

export const getBucketEncryption: Operation<Input, BucketEncryption> = {
  name: "GetBucketEncryption",
  route: { method: "GET", level: "bucket", query: ["encryption"] },
  read: (request) => ({ bucket: requireBucketName(request) }),
  permissions: ({ bucket }) => bucketPermission("s3:GetEncryptionConfiguration", bucket),
  run: async ({ bucket }, { store }) =>
    parseStoredEncryption((await store.requireBucket(bucket)).configuration["encryption"]),
  write: (encryption, response) => response.sendXml(bucketEncryptionDocument(encryption)),
};
