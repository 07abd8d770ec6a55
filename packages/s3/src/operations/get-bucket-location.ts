import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Document } from "../http/s3-document.ts";
import type { Operation } from "../operation.ts";

export const getBucketLocation: Operation<void, string> = {
  name: "GetBucketLocation",
  route: { method: "GET", level: "bucket", query: ["location"] },
  read: () => {},
  permissions: bucketPermission("s3:GetBucketLocation"),
  run: async (_input, _services, _request, { bucket }) => bucket.region,
  write: (region, response) =>
    response.sendXml(s3Document("LocationConstraint", region === "us-east-1" ? "" : region)),
};
