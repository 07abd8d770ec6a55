import { flag, oneOf, type ParsedAs, structure, text } from "@strongroom/wire";
import { authorizeAction } from "../../access/authorize.ts";
import { checkPolicy } from "../../access/check-policy.ts";
import { defaultKeyPolicy } from "../../access/default-policies.ts";
import { storeNotFound } from "../../key-stores/custom-key-stores.ts";
import type { StorePlace } from "../../key-stores/open-devices.ts";
import { createInStore } from "../../key-stores/stored-keys.ts";
import { keyArn, newKeyId } from "../../keys/key-id.ts";
import { printKeyMetadata } from "../../keys/key-metadata.ts";
import { ORIGINS } from "../../keys/key-record.ts";
import {
  findAlgorithms,
  findOnlyUsage,
  KEY_SPECS,
  KEY_USAGES,
  type KeySpec,
  type KeyUsage,
} from "../../keys/key-spec.ts";
import { toKmsKey } from "../../keys/kms-key.ts";
import { newKeyRecord, newKeySet } from "../../keys/new-key.ts";
import { checkTags } from "../../keys/tags.ts";
import { invalid, KmsError, unsupported } from "../../kms-error.ts";
import { placeIn, wrongState } from "../custom-key-store-shapes.ts";
import { defineOperation, type KmsCall, type KmsOutput } from "../kms-operation.ts";
import { DESCRIPTION, POLICY, TAGS } from "../shapes.ts";

const INPUT = structure({
  Policy: POLICY,
  Description: DESCRIPTION,
  KeyUsage: oneOf(KEY_USAGES),
  CustomerMasterKeySpec: oneOf(KEY_SPECS),
  KeySpec: oneOf(KEY_SPECS),
  Origin: oneOf(ORIGINS),
  CustomKeyStoreId: text({ min: 1, max: 64 }),
  XksKeyId: text({ min: 1, max: 128 }),
  BypassPolicyLockoutSafetyCheck: flag(),
  Tags: TAGS,
  MultiRegion: flag(),
});
type Input = ParsedAs<typeof INPUT>;

export const createKey = defineOperation("CreateKey", INPUT, run);

async function run(input: Input, call: KmsCall): Promise<KmsOutput> {
  const { caller, services } = call;
  const { accountId, region } = caller;
  const spec = chooseSpec(input);
  const usage = chooseUsage(input, spec);
  const origin = input.Origin ?? "AWS_KMS";
  const isMultiRegion = input.MultiRegion ?? false;
  const tags = checkTags(input.Tags ?? []);
  refuseUnbuilt(input, spec);
  await permit(input, call, { spec, usage, origin, isMultiRegion });
  const place = await chooseStore(input, call, { spec, isMultiRegion });

  const nowMs = services.clock.nowMs();
  const keyId = newKeyId(isMultiRegion);
  const policy = input.Policy ?? defaultKeyPolicy(accountId);
  const boundPolicy = await checkPolicy(call, policy, {
    keyArn: keyArn(region, accountId, keyId),
    bypassesLockoutCheck: input.BypassPolicyLockoutSafetyCheck ?? false,
  });
  const identity = { keyId, accountId, region, nowMs };
  const customKeyStoreId = place?.id;
  const kind = { spec, usage, origin, isMultiRegion, customKeyStoreId };
  const set = await newKeySet(services, { ...identity, ...kind });
  const description = input.Description ?? "";
  const record = newKeyRecord({ ...identity, manager: "CUSTOMER", description, policy, boundPolicy, tags });
  try {
    if (place !== null) await createInStore(services, place, record, set);
    else if (!(await services.keys.create(record, set)))
      throw new KmsError("ConflictException", "The key id was taken; try again.");
  } catch (error) {
    await services.materials.erase(keyId, set.materials);
    throw error;
  }
  const key = (await services.keys.find(region, keyId)) ?? toKmsKey(record, set, { record: "", set: "" });
  return { KeyMetadata: printKeyMetadata(key, nowMs) };
}

async function permit(
  input: Input,
  call: KmsCall,
  made: { spec: KeySpec; usage: KeyUsage; origin: string; isMultiRegion: boolean },
): Promise<void> {
  const conditions = {
    keyspec: made.spec,
    customermasterkeyspec: made.spec,
    keyusage: made.usage,
    customermasterkeyusage: made.usage,
    keyorigin: made.origin,
    multiregion: made.isMultiRegion,
    multiregionkeytype: made.isMultiRegion ? "PRIMARY" : undefined,
    bypasspolicylockoutsafetycheck: input.BypassPolicyLockoutSafetyCheck ?? false,
  };
  const facts = { conditions, requestTags: input.Tags };
  await authorizeAction(call, "CreateKey", "*", facts);
  if (input.Tags !== undefined && input.Tags.length > 0)
    await authorizeAction(call, "TagResource", "*", facts);
}

function chooseSpec(input: Input): KeySpec {
  const { KeySpec: spec, CustomerMasterKeySpec: oldSpec } = input;
  if (spec !== undefined && oldSpec !== undefined) {
    throw invalid(
      "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.",
    );
  }
  return spec ?? oldSpec ?? "SYMMETRIC_DEFAULT";
}

function chooseUsage(input: Input, spec: KeySpec): KeyUsage {
  const usage = input.KeyUsage ?? (spec === "SYMMETRIC_DEFAULT" ? findOnlyUsage(spec) : null);
  if (usage === null) {
    throw invalid("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
  }
  if (findAlgorithms(spec, usage) === null) {
    throw invalid(`KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  }
  return usage;
}

function refuseUnbuilt(input: Input, spec: KeySpec): void {
  const { Origin, CustomKeyStoreId, XksKeyId } = input;
  if (spec === "SM2") throw unsupported("Key spec SM2 is not supported.");
  if (Origin === "EXTERNAL_KEY_STORE" || XksKeyId !== undefined)
    throw unsupported("External key stores (XKS proxies) are not supported.");
  if ((Origin === "AWS_CLOUDHSM") !== (CustomKeyStoreId !== undefined))
    throw invalid("CustomKeyStoreId goes with the origin AWS_CLOUDHSM, and only with that.");
}

/** The custom key store that the key is to be in; null: none. */
async function chooseStore(
  input: Input,
  { caller, services }: KmsCall,
  made: { readonly spec: KeySpec; readonly isMultiRegion: boolean },
): Promise<StorePlace | null> {
  const { CustomKeyStoreId: id } = input;
  if (id === undefined) return null;
  if (made.spec !== "SYMMETRIC_DEFAULT" || made.isMultiRegion)
    throw unsupported("A custom key store takes symmetric encryption keys of a single region.");
  const place = placeIn(caller, id);
  const store = await services.customKeyStores.find(place);
  if (store === null) throw storeNotFound();
  if (store.state !== "CONNECTED") throw wrongState(store, "ConnectCustomKeyStore comes first.");
  return place;
}
