import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { requireBucketName } from "../http/addressed.ts";
import { parseTagDocument, tagSetElement } from "../http/bucket-tags.ts";
import { s3Document } from "../http/s3-document.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
}

export const getBucketTagging: Operation<Input, ReadonlyMap<string, string>> = {
  name: "GetBucketTagging",
  route: { method: "GET", level: "bucket", query: ["tagging"] },
  read: (request) => ({ bucket: requireBucketName(request) }),
  permissions: bucketPermission("s3:GetBucketTagging"),
  run: async ({ bucket }, { store }) => {
    const document = (await store.requireBucket(bucket)).configuration["tagging"];
    if (document === undefined) throw s3Error("NoSuchTagSet", { fields: { BucketName: bucket } });
    return parseTagDocument(document);
  },
  write: (tags, response) => response.sendXml(s3Document("Tagging", [tagSetElement(tags)])),
};
