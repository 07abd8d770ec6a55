import type { ObjectSelector } from "@strongroom/store";
import { requireOwnerOnlyAccessList } from "../http/access-list.ts";
import { requireObjectAddress } from "../http/addressed.ts";
import type { Operation } from "../operation.ts";

/** Changes nothing: objects are their bucket owner's alone, and only a list that says so is accepted. */
export const putObjectAcl: Operation<ObjectSelector, void> = {
  name: "PutObjectAcl",
  route: { method: "PUT", level: "object", query: ["acl"] },
  read: async (request) => {
    await requireOwnerOnlyAccessList(request);
    return requireObjectAddress(request);
  },
  permissions: ({ bucket, objectKey, versionId }) => [
    { action: versionId === undefined ? "s3:PutObjectAcl" : "s3:PutObjectVersionAcl", bucket, objectKey },
  ],
  run: async (selector, { store }) => {
    await store.readVersion(selector);
  },
  write: (_output, response) => response.sendEmpty(),
};
