import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { requireBucketName } from "../http/addressed.ts";
import {
  INVENTORY_DOCUMENT,
  parseStoredInventories,
  printStoredInventories,
} from "../inventory/inventory-configuration.ts";
import { requireInventoryId } from "../inventory/inventory-document.ts";
import type { Operation } from "../operation.ts";

interface Input {
  readonly bucket: string;
  readonly id: string;
}

export const deleteBucketInventoryConfiguration: Operation<Input, void> = {
  name: "DeleteBucketInventoryConfiguration",
  route: { method: "DELETE", level: "bucket", query: ["inventory"] },
  read: (request) => ({
    bucket: requireBucketName(request),
    id: requireInventoryId(request.query.get("id")),
  }),
  permissions: bucketPermission("s3:PutInventoryConfiguration"),
  run: ({ bucket, id }, { store }) =>
    store.changeBucketConfiguration(bucket, INVENTORY_DOCUMENT, (before) => {
      const all = parseStoredInventories(before);
      const others = all.filter((each) => each.id !== id);
      if (others.length === all.length) throw s3Error("NoSuchConfiguration");
      return others.length === 0 ? null : printStoredInventories(others);
    }),
  write: (_output, response) => response.status(204).sendEmpty(),
};
