import type { KmsCall } from "../api/kms-operation.ts";
import type { Grant } from "./grant.ts";

/** Takes a grant away; what it allowed is refused from the next request on. Removing it twice is no error. */
export async function removeGrant(call: KmsCall, grant: Grant): Promise<void> {
  const { keys, grants } = call.services;
  await keys.update(grant.region, grant.keyId, async ({ record }) => {
    if ((await grants.find(grant.region, grant.keyId, grant.id)) === null) return null;
    return {
      record: {
        ...record,
        grantCount: Math.max(0, record.grantCount - 1),
        grantVersion: record.grantVersion + 1,
      },
      changes: grants.changesOf(grant, "remove"),
    };
  });
}
