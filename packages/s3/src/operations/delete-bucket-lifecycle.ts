import { LIFECYCLE_DOCUMENT } from "@strongroom/store";
import { bucketPermission } from "../auth/object-permissions.ts";
import { requireBucketName } from "../http/addressed.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
}

export const deleteBucketLifecycle: Operation<Input, void> = {
  name: "DeleteBucketLifecycle",
  route: { method: "DELETE", level: "bucket", query: ["lifecycle"] },
  read: (request) => ({ bucket: requireBucketName(request) }),
  permissions: bucketPermission("s3:PutLifecycleConfiguration"),
  run: ({ bucket }, { store }) => store.setBucketConfiguration(bucket, LIFECYCLE_DOCUMENT, null),
  write: (_output, response) => response.status(204).sendEmpty(),
};
