import { isPublicPolicy, type NamedPolicy, type PolicyDocument, parsePolicyDocument } from "@strongroom/iam";
import type { Bucket } from "@strongroom/store";
import { type AccessList, ownerOnly, parseStoredAccessList } from "./access-list.ts";
import { parseStoredPolicy } from "./bound-principals.ts";
import {
  type ObjectOwnership,
  OWNERSHIP_WITHOUT_CONTROLS,
  parseStoredOwnership,
} from "./object-ownership.ts";
import { NOTHING_BLOCKED, type PublicAccessBlock, parseStoredBlock } from "./public-access-block.ts";

/** Names of the configuration documents that say who may do what to a bucket. */
export const POLICY_DOCUMENT = "policy";
export const ACCESS_LIST_DOCUMENT = "acl";
export const PUBLIC_ACCESS_BLOCK_DOCUMENT = "public-access-block";
export const OWNERSHIP_DOCUMENT = "ownership";

/** What a bucket's configuration says about access, parsed and compiled. */
export interface BucketAccess {
  readonly policy: NamedPolicy | null;
  /** Whether the policy serves anybody at all. */
  readonly isPolicyPublic: boolean;
  readonly publicAccessBlock: PublicAccessBlock;
  readonly ownership: ObjectOwnership;
  readonly accessList: AccessList;
}

/**
 * The engine hands out the same `Bucket` for the same revision of its record, so what was compiled from it holds as
 * long as it does: any change takes effect with the next request, on every worker.
 */
const compiled = new WeakMap<Bucket, BucketAccess>();

/** Throws InternalError or a PolicyError for a document that this program never wrote: what is unreadable allows nothing. */
export function bucketAccess(bucket: Bucket): BucketAccess {
  const known = compiled.get(bucket);
  if (known !== undefined) return known;
  const fresh = compile(bucket);
  compiled.set(bucket, fresh);
  return fresh;
}

/** It was within its limits when it was put; bound to its principals it may be some characters longer. */
function compilePolicy(stored: string): PolicyDocument {
  const { boundText } = parseStoredPolicy(stored);
  return parsePolicyDocument(boundText, { kind: "bucket", limits: { maxSize: 64 * 1024 } });
}

function compile({ name, ownerId, configuration }: Bucket): BucketAccess {
  const text = configuration[POLICY_DOCUMENT];
  const policy = text === undefined ? null : { name, document: compilePolicy(text) };
  const list = configuration[ACCESS_LIST_DOCUMENT];
  return {
    policy,
    isPolicyPublic: policy !== null && isPublicPolicy(policy.document),
    publicAccessBlock: parseStoredBlock(configuration[PUBLIC_ACCESS_BLOCK_DOCUMENT]) ?? NOTHING_BLOCKED,
    ownership: parseStoredOwnership(configuration[OWNERSHIP_DOCUMENT]) ?? OWNERSHIP_WITHOUT_CONTROLS,
    accessList: list === undefined ? ownerOnly(ownerId) : parseStoredAccessList(list),
  };
}
