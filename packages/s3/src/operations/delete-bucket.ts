import { StoreError } from "@strongroom/store";
import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { requireBucketName } from "../http/addressed.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
}

export const deleteBucket: Operation<Input, void> = {
  name: "DeleteBucket",
  route: { method: "DELETE", level: "bucket" },
  read: (request) => ({ bucket: requireBucketName(request) }),
  permissions: bucketPermission("s3:DeleteBucket"),
  run: async ({ bucket }, { store }) => {
    try {
      await store.deleteBucket(bucket);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== "BucketNotEmpty") throw error;
      const { versioning } = await store.requireBucket(bucket);
      if (versioning === "unversioned") throw error;
      throw s3Error("BucketNotEmpty", {
        message: "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
        fields: { BucketName: bucket },
        cause: error,
      });
    }
  },
  write: (_output, response) => response.status(204).sendEmpty(),
};
