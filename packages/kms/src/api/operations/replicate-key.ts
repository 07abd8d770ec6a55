import { flag, required, structure } from "@strongroom/wire";
import { authorizeAction, authorizeKeyUse } from "../../access/authorize.ts";
import { checkPolicy } from "../../access/check-policy.ts";
import { defaultKeyPolicy } from "../../access/default-policies.ts";
import { keyNotFound } from "../../access/key-errors.ts";
import { requireState, USABLE } from "../../access/require-state.ts";
import { resolveKey } from "../../access/resolve-key.ts";
import { requireOrigin, requirePrimary } from "../../access/rotation-rules.ts";
import { keyArn } from "../../keys/key-id.ts";
import { printKeyMetadata } from "../../keys/key-metadata.ts";
import { toKmsKey } from "../../keys/kms-key.ts";
import { newKeyRecord } from "../../keys/new-key.ts";
import { checkTags } from "../../keys/tags.ts";
import { KmsError, unsupported } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { DESCRIPTION, KEY_ID, POLICY, REGION, TAGS } from "../shapes.ts";

const INPUT = structure({
  KeyId: required(KEY_ID),
  ReplicaRegion: required(REGION),
  Policy: POLICY,
  BypassPolicyLockoutSafetyCheck: flag(),
  Description: DESCRIPTION,
  Tags: TAGS,
});

/** The replica shares the set (materials, rotation); its record is its own. Both regions are of this deployment. */
export const replicateKey = defineOperation("ReplicateKey", INPUT, async (input, call) => {
  const { services, caller } = call;
  const region = input.ReplicaRegion;
  const tags = checkTags(input.Tags ?? []);
  const { key } = await resolveKey(call, input.KeyId, "key", "ReplicateKey");
  await authorizeKeyUse(call, { action: "ReplicateKey", key, conditions: { replicaregion: region } });
  await authorizeAction({ ...call, caller: { ...caller, region } }, "CreateKey", "*", { requestTags: tags });
  requirePrimary(key);
  if (!services.regions.includes(region)) throw unsupported(`The region ${region} is not served here.`);
  requireOrigin(key, "AWS_KMS");
  const { keyId, accountId } = key.record;
  const arn = keyArn(region, accountId, keyId);
  const policy = input.Policy ?? defaultKeyPolicy(accountId);
  const bypassesLockoutCheck = input.BypassPolicyLockoutSafetyCheck ?? false;
  const boundPolicy = await checkPolicy(call, policy, { keyArn: arn, bypassesLockoutCheck });
  const nowMs = services.clock.nowMs();
  const record = newKeyRecord({
    keyId,
    accountId,
    region,
    nowMs,
    manager: "CUSTOMER",
    description: input.Description ?? "",
    policy,
    boundPolicy,
    tags,
  });
  const changed = await services.keys.update(key.record.region, keyId, (fresh) => {
    requireState(fresh, nowMs, USABLE);
    if (fresh.set.replicaRegions.includes(region) || region === fresh.set.primaryRegion) {
      throw new KmsError("AlreadyExistsException", `The key ${arn} already exists`);
    }
    return {
      set: { ...fresh.set, replicaRegions: [...fresh.set.replicaRegions, region] },
      changes: services.keys.addedBy(record),
    };
  });
  if (changed === null) throw keyNotFound(key.arn);
  const replica = toKmsKey(record, changed.set, { record: "", set: "" });
  return {
    // As AWS answers while it copies; here the replica is ready at once.
    ReplicaKeyMetadata: {
      ...printKeyMetadata(replica, nowMs),
      CurrentKeyMaterialId: undefined,
      Enabled: false,
      KeyState: "Creating",
    },
    ReplicaPolicy: policy,
    ReplicaTags: tags.length === 0 ? undefined : tags,
  };
});
