import { bucketPermission } from "../auth/object-permissions.ts";
import { requireBucketName } from "../http/addressed.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
}

export const deleteBucketTagging: Operation<Input, void> = {
  name: "DeleteBucketTagging",
  route: { method: "DELETE", level: "bucket", query: ["tagging"] },
  read: (request) => ({ bucket: requireBucketName(request) }),
  permissions: bucketPermission("s3:PutBucketTagging"),
  run: ({ bucket }, { store }) => store.setBucketConfiguration(bucket, "tagging", null),
  write: (_output, response) => response.status(204).sendEmpty(),
};
