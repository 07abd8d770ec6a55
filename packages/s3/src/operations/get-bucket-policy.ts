import { parseStoredPolicy } from "../access/bound-principals.ts";
import { POLICY_DOCUMENT } from "../access/bucket-access.ts";
import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import type { Operation } from "../operation.ts";

/** The bucket's policy, as it was sent. */
export const getBucketPolicy: Operation<void, string> = {
  name: "GetBucketPolicy",
  route: { method: "GET", level: "bucket", query: ["policy"] },
  permissions: bucketPermission("s3:GetBucketPolicy"),
  read: () => {},
  run: async (_input, _services, _request, { bucket }) => {
    const stored = bucket.configuration[POLICY_DOCUMENT];
    if (stored === undefined) throw s3Error("NoSuchBucketPolicy", { fields: { BucketName: bucket.name } });
    return parseStoredPolicy(stored).text;
  },
  write: (text, response) =>
    response.header("content-type", "application/json").sendBytes(Buffer.from(text, "utf8")),
};
