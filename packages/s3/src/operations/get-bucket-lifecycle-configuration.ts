import { type BucketLifecycle, lifecycleOf } from "@strongroom/store";
import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { lifecycleDocument } from "../lifecycle/lifecycle-elements.ts";
import { MINIMUM_OBJECT_SIZE_HEADER } from "../lifecycle/minimum-object-size.ts";
import type { Operation } from "../operation.ts";

export const getBucketLifecycleConfiguration: Operation<void, BucketLifecycle> = {
  name: "GetBucketLifecycleConfiguration",
  route: { method: "GET", level: "bucket", query: ["lifecycle"] },
  read: () => {},
  permissions: bucketPermission("s3:GetLifecycleConfiguration"),
  run: async (_input, _services, _request, { bucket }) => {
    const lifecycle = lifecycleOf(bucket);
    if (lifecycle !== null) return lifecycle;
    throw s3Error("NoSuchLifecycleConfiguration", { fields: { BucketName: bucket.name } });
  },
  write: (lifecycle, response) =>
    response
      .header(MINIMUM_OBJECT_SIZE_HEADER, lifecycle.minimumObjectSize)
      .sendXml(lifecycleDocument(lifecycle)),
};
