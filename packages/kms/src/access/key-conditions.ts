import type { ConditionContext } from "@strongroom/iam";
import type { EncryptionContext } from "../ciphertext-blob/encryption-context.ts";
import type { KmsKey } from "../keys/kms-key.ts";
import type { KmsCaller } from "./kms-caller.ts";

/** Condition keys that one operation adds, by lower-case name without `kms:`; undefined ones are absent. */
export type RequestConditions = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

export interface KeyConditionFacts {
  readonly caller: KmsCaller;
  readonly key: KmsKey | null;
  readonly alias: string | null;
  readonly encryptionContext: EncryptionContext | null;
  readonly conditions: RequestConditions;
  /** Tags in the request, for `aws:RequestTag` and `aws:TagKeys`. */
  readonly requestTags?: readonly { readonly TagKey: string; readonly TagValue: string }[];
}

const CONTEXT_PAIR = "kms:encryptioncontext:";
const RESOURCE_TAG = "aws:resourcetag/";
const REQUEST_TAG = "aws:requesttag/";
const MAX_ALIASES = 50;

/** The condition keys of kms.md §2.4, over those that the request itself brings (`aws:…`). */
export function keyConditions(facts: KeyConditionFacts): ConditionContext {
  return {
    find(name) {
      if (name.startsWith(CONTEXT_PAIR))
        return findPair(facts.encryptionContext, name.slice(CONTEXT_PAIR.length));
      if (name.startsWith("kms:")) return findKmsKey(facts, name.slice("kms:".length));
      if (name.startsWith(RESOURCE_TAG))
        return findTag(facts.key?.record.tags, name.slice(RESOURCE_TAG.length));
      if (name.startsWith(REQUEST_TAG)) return findTag(facts.requestTags, name.slice(REQUEST_TAG.length));
      if (name === "aws:tagkeys") return facts.requestTags?.map((tag) => tag.TagKey);
      if (name === "aws:resourceaccount") return one(facts.key?.record.accountId);
      return facts.caller.context.find(name);
    },
  };
}

function findKmsKey(facts: KeyConditionFacts, name: string): readonly string[] | undefined {
  const { caller, key, conditions } = facts;
  if (Object.hasOwn(conditions, name)) return printed(conditions[name]);
  switch (name) {
    case "calleraccount":
      return [caller.accountId];
    case "viaservice":
      return one(caller.viaService ?? undefined);
    case "requestalias":
      return one(facts.alias ?? undefined);
    case "encryptioncontextkeys":
      return facts.encryptionContext === null ? undefined : Object.keys(facts.encryptionContext);
    default:
      return key === null ? undefined : findKeyProperty(key, name);
  }
}

function findKeyProperty(key: KmsKey, name: string): readonly string[] | undefined {
  const { record, set } = key;
  switch (name) {
    case "keyspec":
    case "customermasterkeyspec":
      return [set.spec];
    case "keyusage":
    case "customermasterkeyusage":
      return [set.usage];
    case "keyorigin":
      return [set.origin];
    case "multiregion":
      return [String(set.isMultiRegion)];
    case "multiregionkeytype":
      return set.isMultiRegion ? [set.primaryRegion === record.region ? "PRIMARY" : "REPLICA"] : undefined;
    case "resourcealiases":
      return record.aliases.length === 0 || record.aliases.length > MAX_ALIASES ? undefined : record.aliases;
    default:
      return undefined;
  }
}

/** Names of pairs compare without case: two that differ only there were refused before. */
function findPair(context: EncryptionContext | null, name: string): readonly string[] | undefined {
  if (context === null) return undefined;
  const found = Object.entries(context).find(([each]) => each.toLowerCase() === name);
  return one(found?.[1]);
}

function findTag(
  tags: readonly { readonly TagKey: string; readonly TagValue: string }[] | undefined,
  name: string,
): readonly string[] | undefined {
  return one(tags?.find((tag) => tag.TagKey.toLowerCase() === name)?.TagValue);
}

function one(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value];
}

function printed(value: RequestConditions[string]): readonly string[] | undefined {
  if (value === undefined) return undefined;
  return typeof value === "object" ? value : [String(value)];
}
