import type { Bucket } from "@strongroom/store";
import { bucketPermission } from "../auth/object-permissions.ts";
import { requireBucketName } from "../http/addressed.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
}

export const headBucket: Operation<Input, Bucket> = {
  name: "HeadBucket",
  route: { method: "HEAD", level: "bucket" },
  read: (request) => ({ bucket: requireBucketName(request) }),
  permissions: bucketPermission("s3:ListBucket"),
  run: ({ bucket }, { store }) => store.requireBucket(bucket),
  write: (bucket, response) =>
    response
      .header("x-amz-bucket-region", bucket.region)
      .header("x-amz-bucket-arn", `arn:aws:s3:::${bucket.name}`)
      .header("x-amz-access-point-alias", "false")
      .header("Content-Type", "application/xml")
      .sendEmpty(),
};
