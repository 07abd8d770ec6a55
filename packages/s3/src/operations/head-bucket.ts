import type { Bucket } from "@strongroom/store";
import { bucketPermission } from "../auth/object-permissions.ts";
import type { Operation } from "../operation.ts";

export const headBucket: Operation<void, Bucket> = {
  name: "HeadBucket",
  route: { method: "HEAD", level: "bucket" },
  read: () => {},
  permissions: bucketPermission("s3:ListBucket"),
  run: async (_input, _services, _request, { bucket }) => bucket,
  write: (bucket, response) =>
    response
      .header("x-amz-bucket-region", bucket.region)
      .header("x-amz-bucket-arn", `arn:aws:s3:::${bucket.name}`)
      .header("x-amz-access-point-alias", "false")
      .header("Content-Type", "application/xml")
      .sendEmpty(),
};
