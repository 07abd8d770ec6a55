import { bucketPermission } from "../auth/object-permissions.ts";
import { CORS_DOCUMENT } from "../cors/cors-rule.ts";
import { requireBucketName } from "../http/addressed.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
}

export const deleteBucketCors: Operation<Input, void> = {
  name: "DeleteBucketCors",
  route: { method: "DELETE", level: "bucket", query: ["cors"] },
  read: (request) => ({ bucket: requireBucketName(request) }),
  permissions: bucketPermission("s3:PutBucketCORS"),
  run: ({ bucket }, { store }) => store.setBucketConfiguration(bucket, CORS_DOCUMENT, null),
  write: (_output, response) => response.status(204).sendEmpty(),
};
