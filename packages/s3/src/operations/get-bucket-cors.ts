import { bucketPermission } from "../auth/object-permissions.ts";
import { corsDocument } from "../cors/cors-document.ts";
import { CORS_DOCUMENT, type CorsRule, parseStoredCors } from "../cors/cors-rule.ts";
import { s3Error } from "../errors.ts";
import type { Operation } from "../operation.ts";

export const getBucketCors: Operation<void, readonly CorsRule[]> = {
  name: "GetBucketCors",
  route: { method: "GET", level: "bucket", query: ["cors"] },
  read: () => {},
  permissions: bucketPermission("s3:GetBucketCORS"),
  run: async (_input, _services, _request, { bucket }) => {
    const document = bucket.configuration[CORS_DOCUMENT];
    if (document === undefined) {
      throw s3Error("NoSuchCORSConfiguration", { fields: { BucketName: bucket.name } });
    }
    return parseStoredCors(document);
  },
  write: (rules, response) => response.sendXml(corsDocument(rules)),
};
