import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { parseTagDocument, tagSetElement } from "../http/bucket-tags.ts";
import { s3Document } from "../http/s3-document.ts";
import type { Operation } from "../operation.ts";

export const getBucketTagging: Operation<void, ReadonlyMap<string, string>> = {
  name: "GetBucketTagging",
  route: { method: "GET", level: "bucket", query: ["tagging"] },
  read: () => {},
  permissions: bucketPermission("s3:GetBucketTagging"),
  run: async (_input, _services, _request, { bucket }) => {
    const document = bucket.configuration["tagging"];
    if (document === undefined) throw s3Error("NoSuchTagSet", { fields: { BucketName: bucket.name } });
    return parseTagDocument(document);
  },
  write: (tags, response) => response.sendXml(s3Document("Tagging", [tagSetElement(tags)])),
};
