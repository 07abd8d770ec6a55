import type { ObjectSelector } from "@strongroom/store";
import { s3Error } from "../errors.ts";
import { requireObjectAddress } from "../http/addressed.ts";
import type { Operation } from "../operation.ts";

const READS = [
  { name: "GetObjectRetention", query: "retention", action: "s3:GetObjectRetention" },
  { name: "GetObjectLegalHold", query: "legal-hold", action: "s3:GetObjectLegalHold" },
] as const;
const WRITES = [
  { name: "PutObjectRetention", query: "retention", action: "s3:PutObjectRetention" },
  { name: "PutObjectLegalHold", query: "legal-hold", action: "s3:PutObjectLegalHold" },
] as const;

/** No bucket can be made with Object Lock, so that retention and legal hold are asked of one without it. */
export const objectLockOperations: readonly Operation<ObjectSelector, void>[] = [
  ...READS.map((row) => refusal("GET", row)),
  ...WRITES.map((row) => refusal("PUT", row)),
];

function refusal(
  method: "GET" | "PUT",
  { name, query, action }: { readonly name: string; readonly query: string; readonly action: string },
): Operation<ObjectSelector, void> {
  return {
    name,
    route: { method, level: "object", query: [query] },
    read: requireObjectAddress,
    permissions: ({ bucket, objectKey }) => [{ action, bucket, objectKey }],
    run: async () => {
      throw s3Error("InvalidRequest", { message: "Bucket is missing Object Lock Configuration" });
    },
    write: (_output, response) => response.sendEmpty(),
  };
}
