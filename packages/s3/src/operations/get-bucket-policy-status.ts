import { element } from "@strongroom/wire";
import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { s3Document } from "../http/s3-document.ts";
import type { Operation } from "../operation.ts";

/** Whether the bucket's policy is public. */
export const getBucketPolicyStatus: Operation<void, boolean> = {
  name: "GetBucketPolicyStatus",
  route: { method: "GET", level: "bucket", query: ["policyStatus"] },
  permissions: bucketPermission("s3:GetBucketPolicyStatus"),
  read: () => {},
  run: async (_input, _services, _request, { bucket, settings }) => {
    if (settings.policy === null) {
      throw s3Error("NoSuchBucketPolicy", { fields: { BucketName: bucket.name } });
    }
    return settings.isPolicyPublic;
  },
  write: (isPublic, response) =>
    response.sendXml(s3Document("PolicyStatus", [element("IsPublic", isPublic)])),
};
