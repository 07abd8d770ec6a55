import { bucketPermission } from "../auth/object-permissions.ts";
import { requireBucketName } from "../http/addressed.ts";
import {
  type BucketEncryptionUpdate,
  parseStoredEncryption,
  printStoredEncryption,
  readBucketEncryption,
} from "../http/bucket-encryption.ts";
import { requireBodyDigest } from "../http/require-body-digest.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
  readonly update: BucketEncryptionUpdate;
}

const DOCUMENT_LIMIT_BYTES = 64 * 1024;

export const putBucketEncryption: Operation<Input, void> = {
  name: "PutBucketEncryption",
  route: { method: "PUT", level: "bucket", query: ["encryption"] },
  read: async (request) => {
    requireBodyDigest(request);
    return {
      bucket: requireBucketName(request),
      update: readBucketEncryption(await request.readText(DOCUMENT_LIMIT_BYTES)),
    };
  },
  permissions: bucketPermission("s3:PutEncryptionConfiguration"),
  run: async ({ bucket, update }, { store, defaultEncryption }) => {
    const { configuration } = await store.requireBucket(bucket);
    const stored = parseStoredEncryption(configuration["encryption"], defaultEncryption);
    const encryption = { ...update, blocked: update.blocked ?? stored.blocked };
    await store.setBucketConfiguration(bucket, "encryption", printStoredEncryption(encryption));
  },
  write: (_output, response) => response.sendEmpty(),
};
