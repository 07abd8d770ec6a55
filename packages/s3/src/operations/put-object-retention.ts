import type { Retention, SetRetentionInput } from "@strongroom/store";
import { allOf, isBypassRequested, objectPermission, type Permissions } from "../auth/object-permissions.ts";
import { requireBodyDigest } from "../http/require-body-digest.ts";
import { readObjectAddress, readVersionId } from "../object/object-address.ts";
import { requireLockBucket } from "../object-lock/lock-bucket.ts";
import { requireFuture } from "../object-lock/retain-until-date.ts";
import { MAX_LOCK_XML_BYTES, readRetention } from "../object-lock/retention-document.ts";
import type { Operation } from "../operation.ts";

interface Input extends SetRetentionInput {
  readonly retention: Retention | null;
}

const bypassPermission: Permissions = (request) =>
  isBypassRequested(request) ? objectPermission("s3:BypassGovernanceRetention")(request) : [];

/** Retains a version, or longer than before; what weakens governance mode takes the right to pass over it. */
export const putObjectRetention: Operation<Input, void> = {
  name: "PutObjectRetention",
  route: { method: "PUT", level: "object", query: ["retention"] },
  read: async (request) => {
    requireBodyDigest(request);
    return {
      ...readObjectAddress(request),
      versionId: readVersionId(request),
      bypassGovernance: isBypassRequested(request),
      retention: readRetention(await request.readText(MAX_LOCK_XML_BYTES)),
    };
  },
  permissions: allOf(objectPermission("s3:PutObjectRetention"), bypassPermission),
  run: async ({ retention, ...selector }, { store, clock }, _request, access) => {
    requireLockBucket(access.bucket);
    requireFuture(retention, clock.nowMs(), "RetainUntilDate");
    await store.setRetention(selector, retention);
  },
  write: (_output, response) => response.sendEmpty(),
};
