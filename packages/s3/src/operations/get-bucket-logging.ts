import { type LoggingConfiguration, logStreamOf } from "../access-logs/logging-configuration.ts";
import { loggingDocument } from "../access-logs/logging-document.ts";
import { bucketPermission } from "../auth/object-permissions.ts";
import type { Operation } from "../operation.ts";

export const getBucketLogging: Operation<void, LoggingConfiguration | null> = {
  name: "GetBucketLogging",
  route: { method: "GET", level: "bucket", query: ["logging"] },
  read: () => {},
  permissions: bucketPermission("s3:GetBucketLogging"),
  run: async (_input, _services, _request, { bucket }) => logStreamOf(bucket)?.logging ?? null,
  write: (logging, response) => response.sendXml(loggingDocument(logging)),
};
