import type { ObjectSelector } from "@strongroom/store";
import { objectPermission } from "../auth/object-permissions.ts";
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
  permissions: objectPermission("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
  run: async (selector, { store }) => {
    await store.readVersion(selector);
  },
  write: (_output, response) => response.sendEmpty(),
};
