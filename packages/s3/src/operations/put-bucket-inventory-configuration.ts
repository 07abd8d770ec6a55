import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { requireBucketName } from "../http/addressed.ts";
import {
  INVENTORY_DOCUMENT,
  type InventoryConfiguration,
  parseStoredInventories,
  printStoredInventories,
} from "../inventory/inventory-configuration.ts";
import { readInventory, requireInventoryId } from "../inventory/inventory-document.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
  readonly inventory: InventoryConfiguration;
}

const DOCUMENT_LIMIT_BYTES = 64 * 1024;
const INVENTORIES_LIMIT = 1000;

/** Adds an inventory, or changes the one of its id. It is delivered to buckets of the same owner. */
export const putBucketInventoryConfiguration: Operation<Input, void> = {
  name: "PutBucketInventoryConfiguration",
  route: { method: "PUT", level: "bucket", query: ["inventory"] },
  read: async (request) => {
    const id = requireInventoryId(request.query.get("id"));
    return {
      bucket: requireBucketName(request),
      inventory: readInventory(await request.readText(DOCUMENT_LIMIT_BYTES), id),
    };
  },
  permissions: bucketPermission("s3:PutInventoryConfiguration"),
  run: ({ bucket, inventory }, { store }) =>
    store.changeBucketConfiguration(bucket, INVENTORY_DOCUMENT, (before) => {
      const others = parseStoredInventories(before).filter(({ id }) => id !== inventory.id);
      if (others.length >= INVENTORIES_LIMIT) throw s3Error("TooManyConfigurations");
      const all = [...others, inventory].sort((a, b) => (a.id < b.id ? -1 : 1));
      return printStoredInventories(all);
    }),
  write: (_output, response) => response.status(204).sendEmpty(),
};
