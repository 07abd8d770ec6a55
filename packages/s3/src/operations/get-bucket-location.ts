import { bucketPermission } from "../auth/object-permissions.ts";
import { requireBucketName } from "../http/addressed.ts";
import { s3Document } from "../http/s3-document.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
}

export const getBucketLocation: Operation<Input, string> = {
  name: "GetBucketLocation",
  route: { method: "GET", level: "bucket", query: ["location"] },
  read: (request) => ({ bucket: requireBucketName(request) }),
  permissions: bucketPermission("s3:GetBucketLocation"),
  run: async ({ bucket }, { store }) => (await store.requireBucket(bucket)).region,
  write: (region, response) =>
    response.sendXml(s3Document("LocationConstraint", region === "us-east-1" ? "" : region)),
};
