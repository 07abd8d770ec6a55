import { bucketPermission } from "../auth/object-permissions.ts";
import { requireBucketName } from "../http/addressed.ts";
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
  permissions: bucketPermission("s3:GetEncryptionConfiguration"),
  run: async ({ bucket }, { store, defaultEncryption }) =>
    parseStoredEncryption((await store.requireBucket(bucket)).configuration["encryption"], defaultEncryption),
  write: (encryption, response) => response.sendXml(bucketEncryptionDocument(encryption)),
};
