import type { ObjectSelector } from "@strongroom/store";
import { allOf, isBypassRequested, objectPermission, type Permissions } from "../auth/object-permissions.ts";
import { s3Error } from "../errors.ts";
import { requireObjectAddress } from "../http/addressed.ts";
import type { Operation } from "../operation.ts";

const bypassPermission: Permissions = (request) =>
  isBypassRequested(request) ? objectPermission("s3:BypassGovernanceRetention")(request) : [];

const READS = [
  { name: "GetObjectRetention", query: "retention", permissions: objectPermission("s3:GetObjectRetention") },
  { name: "GetObjectLegalHold", query: "legal-hold", permissions: objectPermission("s3:GetObjectLegalHold") },
] as const;
const WRITES = [
  {
    name: "PutObjectRetention",
    query: "retention",
    permissions: allOf(objectPermission("s3:PutObjectRetention"), bypassPermission),
  },
  { name: "PutObjectLegalHold", query: "legal-hold", permissions: objectPermission("s3:PutObjectLegalHold") },
] as const;

/** No bucket can be made with Object Lock, so that retention and legal hold are asked of one without it. */
export const objectLockOperations: readonly Operation<ObjectSelector, void>[] = [
  ...READS.map((row) => refusal("GET", row)),
  ...WRITES.map((row) => refusal("PUT", row)),
];

function refusal(
  method: "GET" | "PUT",
  {
    name,
    query,
    permissions,
  }: { readonly name: string; readonly query: string; readonly permissions: Permissions },
): Operation<ObjectSelector, void> {
  return {
    name,
    route: { method, level: "object", query: [query] },
    read: requireObjectAddress,
    permissions,
    run: async () => {
      throw s3Error("InvalidRequest", { message: "Bucket is missing Object Lock Configuration" });
    },
    write: (_output, response) => response.sendEmpty(),
  };
}
