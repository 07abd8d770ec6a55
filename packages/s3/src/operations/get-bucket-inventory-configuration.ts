import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { s3Document } from "../http/s3-document.ts";
import {
  INVENTORY_DOCUMENT,
  type InventoryConfiguration,
  parseStoredInventories,
} from "../inventory/inventory-configuration.ts";
import { inventoryMembers, requireInventoryId } from "../inventory/inventory-document.ts";
import type { Operation } from "../operation.ts";

export const getBucketInventoryConfiguration: Operation<string, InventoryConfiguration> = {
  name: "GetBucketInventoryConfiguration",
  route: { method: "GET", level: "bucket", query: ["inventory", "id"] },
  read: (request) => requireInventoryId(request.query.get("id")),
  permissions: bucketPermission("s3:GetInventoryConfiguration"),
  run: async (id, _services, _request, { bucket }) => {
    const found = parseStoredInventories(bucket.configuration[INVENTORY_DOCUMENT]).find(
      (each) => each.id === id,
    );
    if (found === undefined) throw s3Error("NoSuchConfiguration");
    return found;
  },
  write: (inventory, response) =>
    response.sendXml(s3Document("InventoryConfiguration", inventoryMembers(inventory))),
};
