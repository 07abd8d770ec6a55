import { element } from "@strongroom/wire";
import { bucketPermission } from "../auth/object-permissions.ts";
import { invalidArgument } from "../errors.ts";
import { optionalElement, s3Document } from "../http/s3-document.ts";
import {
  INVENTORY_DOCUMENT,
  type InventoryConfiguration,
  parseStoredInventories,
} from "../inventory/inventory-configuration.ts";
import { inventoryMembers } from "../inventory/inventory-document.ts";
import type { Operation } from "../operation.ts";

interface Page {
  readonly token: string | undefined;
  readonly inventories: readonly InventoryConfiguration[];
  readonly next: string | undefined;
}

const PAGE = 100;
/** The token is the last id told, wrapped so that nobody takes it for one. */
const TOKEN = /^[A-Za-z0-9_-]{1,128}$/;

export const listBucketInventoryConfigurations: Operation<string | undefined, Page> = {
  name: "ListBucketInventoryConfigurations",
  route: { method: "GET", level: "bucket", query: ["inventory"] },
  read: (request) => {
    const token = request.query.get("continuation-token");
    if (token === undefined || TOKEN.test(token)) return token;
    throw invalidArgument("The continuation token provided is incorrect", "continuation-token", token);
  },
  permissions: bucketPermission("s3:GetInventoryConfiguration"),
  run: async (token, _services, _request, { bucket }) => {
    const after = token === undefined ? "" : Buffer.from(token, "base64url").toString("utf8");
    const rest = parseStoredInventories(bucket.configuration[INVENTORY_DOCUMENT]).filter(
      ({ id }) => id > after,
    );
    const inventories = rest.slice(0, PAGE);
    const last = rest.length > PAGE ? inventories.at(-1) : undefined;
    const next = last === undefined ? undefined : Buffer.from(last.id).toString("base64url");
    return { token, inventories, next };
  },
  write: ({ token, inventories, next }, response) =>
    response.sendXml(
      s3Document("ListInventoryConfigurationsResult", [
        ...inventories.map((each) => element("InventoryConfiguration", inventoryMembers(each))),
        element("IsTruncated", next !== undefined),
        optionalElement("ContinuationToken", token),
        optionalElement("NextContinuationToken", next),
      ]),
    ),
};
