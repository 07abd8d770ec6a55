import { bucketPermission } from "../auth/object-permissions.ts";
import { requireBucketName } from "../http/addressed.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
}

/** Encryption cannot be switched off: what is deleted is the setting, and the default holds again. */
export const deleteBucketEncryption: Operation<Input, void> = {
  name: "DeleteBucketEncryption",
  route: { method: "DELETE", level: "bucket", query: ["encryption"] },
  read: (request) => ({ bucket: requireBucketName(request) }),
  permissions: bucketPermission("s3:PutEncryptionConfiguration"),
  run: ({ bucket }, { store }) => store.setBucketConfiguration(bucket, "encryption", null),
  write: (_output, response) => response.status(204).sendEmpty(),
};
