import { optionalChild, parseXml, requireRoot } from "@strongroom/wire";
import { bucketPermission } from "../auth/object-permissions.ts";
import { requireBucketName } from "../http/addressed.ts";
import { printTagDocument, readBucketTags } from "../http/bucket-tags.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
  readonly tags: ReadonlyMap<string, string>;
}

const DOCUMENT_LIMIT_BYTES = 128 * 1024;

export const putBucketTagging: Operation<Input, void> = {
  name: "PutBucketTagging",
  route: { method: "PUT", level: "bucket", query: ["tagging"] },
  read: async (request) => {
    const root = requireRoot(parseXml(await request.readText(DOCUMENT_LIMIT_BYTES)), "Tagging");
    const tagSet = optionalChild(root, "TagSet");
    return {
      bucket: requireBucketName(request),
      tags: tagSet === undefined ? new Map() : readBucketTags(tagSet),
    };
  },
  permissions: bucketPermission("s3:PutBucketTagging"),
  run: ({ bucket, tags }, { store }) =>
    store.setBucketConfiguration(bucket, "tagging", tags.size === 0 ? null : printTagDocument(tags)),
  write: (_output, response) => response.status(204).sendEmpty(),
};
