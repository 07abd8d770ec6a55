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
    // The block stays what it is in the very record that is replaced: one that was set meanwhile is not lost.
    await store.changeBucketConfiguration(bucket, "encryption", (before) => {
      const stored = parseStoredEncryption(before, defaultEncryption);
      return printStoredEncryption({ ...update, blocked: update.blocked ?? stored.blocked });
    });
  },
  write: (_output, response) => response.sendEmpty(),
};
