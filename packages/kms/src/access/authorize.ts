import { explainDenial, type Principal } from "@strongroom/iam";
import type { KmsCall } from "../api/kms-operation.ts";
import { type EncryptionContext, NO_CONTEXT } from "../ciphertext-blob/encryption-context.ts";
import { type Grant, type GrantOperation, isGrantee, meetsConstraints } from "../grants/grant.ts";
import { parseGrantToken } from "../grants/grant-token.ts";
import type { KmsKey } from "../keys/kms-key.ts";
import { KmsError } from "../kms-error.ts";
import { keyConditions, type RequestConditions } from "./key-conditions.ts";
import { accessDenied, foreignKeyRefused } from "./key-errors.ts";

type RequestTags = readonly { readonly TagKey: string; readonly TagValue: string }[];

/** One use of a key that needs a permission. */
export interface KeyUse {
  /** Without its prefix: `Decrypt`. */
  readonly action: string;
  readonly key: KmsKey;
  readonly alias?: string | null;
  readonly encryptionContext?: EncryptionContext;
  readonly conditions?: RequestConditions;
  readonly requestTags?: RequestTags;
  readonly grantTokens?: readonly string[] | undefined;
  /** What a grant must list; absent: no grant can allow this. */
  readonly grantOperation?: GrantOperation;
}

/** Operations that work on another account's key, where its policy allows (kms.md §2.1). */
const ACROSS_ACCOUNTS: ReadonlySet<string> = new Set([
  "Encrypt",
  "Decrypt",
  "ReEncryptFrom",
  "ReEncryptTo",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
  "Sign",
  "Verify",
  "GenerateMac",
  "VerifyMac",
  "DeriveSharedSecret",
  "Encapsulate",
  "Decapsulate",
  "CreateGrant",
  "DescribeKey",
  "GetKeyRotationStatus",
  "GetPublicKey",
  "ListGrants",
  "RetireGrant",
  "RevokeGrant",
]);

/**
 * Throws AccessDeniedException, with AWS's text, unless key policy, IAM or a grant allows it. Gives the grant when
 * nothing but that grant allowed it.
 */
export async function authorizeKeyUse(call: KmsCall, use: KeyUse): Promise<Grant | null> {
  const { caller, services } = call;
  const { key } = use;
  const action = `kms:${use.action}`;
  if (key.record.accountId !== caller.accountId && !ACROSS_ACCOUNTS.has(use.action)) {
    throw foreignKeyRefused(caller, use.action, key.arn);
  }
  checkGrantTokens(call, use);
  const request = {
    principal: caller.principal,
    action,
    resource: key.arn,
    resourceAccountId: key.record.accountId,
    context: keyConditions({
      caller,
      key,
      alias: use.alias ?? null,
      encryptionContext: use.encryptionContext ?? null,
      conditions: use.conditions ?? {},
      ...(use.requestTags === undefined ? {} : { requestTags: use.requestTags }),
    }),
  };
  const policy = { policy: services.policies.of(key), mode: "delegates" } as const;
  const byPolicies = services.authorizer.decide(request, policy, caller.sessionPolicies);
  const decision = byPolicies instanceof Promise ? await byPolicies : byPolicies;
  if (decision.allowed) return null;
  const grant = await findGrant(call, use);
  if (grant !== null) {
    const alsoAllows = isAccount(grant.granteePrincipal) ? ("account" as const) : ("principal" as const);
    const byGrant = await services.authorizer.decide(
      request,
      { ...policy, alsoAllowedBy: `grant ${grant.id}`, alsoAllows },
      caller.sessionPolicies,
    );
    if (byGrant.allowed) return grant;
  }
  if (key.record.accountId !== caller.accountId) throw foreignKeyRefused(caller, use.action, key.arn);
  throw accessDenied(explainDenial(request, decision));
}

/** For operations without a key, and for aliases: the caller's own policies decide. `resource` is an ARN or `*`. */
export async function authorizeAction(
  call: KmsCall,
  action: string,
  resource = "*",
  facts: { readonly conditions?: RequestConditions; readonly requestTags?: RequestTags | undefined } = {},
): Promise<void> {
  const { caller, services } = call;
  const context = keyConditions({
    caller,
    key: null,
    alias: null,
    encryptionContext: null,
    conditions: facts.conditions ?? {},
    ...(facts.requestTags === undefined ? {} : { requestTags: facts.requestTags }),
  });
  const request = {
    principal: caller.principal,
    action: `kms:${action}`,
    resource,
    resourceAccountId: caller.accountId,
    context,
  };
  const decision = await services.authorizer.decide(request, null, caller.sessionPolicies);
  if (!decision.allowed) throw accessDenied(explainDenial(request, decision));
}

/** Throws InvalidGrantTokenException for tokens that this service did not make, or made elsewhere. */
function checkGrantTokens({ services }: KmsCall, use: KeyUse): void {
  for (const token of use.grantTokens ?? []) {
    const content = parseGrantToken(services.materials.keys.grantToken, token);
    if (content.region !== use.key.record.region) {
      throw new KmsError("InvalidGrantTokenException", "The grant token belongs to another region.");
    }
  }
}

/** The first grant that allows this use. */
async function findGrant(call: KmsCall, use: KeyUse): Promise<Grant | null> {
  const { caller, services } = call;
  const { keyId, grantCount } = use.key.record;
  const operation = use.grantOperation;
  if (operation === undefined || grantCount === 0) return null;
  const names = granteeNames(caller.principal);
  const context = use.encryptionContext ?? NO_CONTEXT;
  const sourceArn = caller.context.find("aws:sourcearn")?.[0] ?? null;
  const grants = await services.grants.ofKey(use.key);
  const allows = (grant: Grant): boolean =>
    grant.keyId === keyId &&
    grant.operations.includes(operation) &&
    isGrantee(grant, names) &&
    meetsConstraints(grant, operation, context, sourceArn);
  return grants.find(allows) ?? null;
}

const ACCOUNT_ARN = /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/;
const isAccount = (principal: string | undefined): boolean =>
  principal !== undefined && ACCOUNT_ARN.test(principal);

/** Every name under which a principal can be a grantee; a role's grant is also that of its sessions. */
export function granteeNames(principal: Principal): ReadonlySet<string> {
  switch (principal.kind) {
    case "anonymous":
      return new Set();
    case "service":
      return new Set([principal.service]);
    case "federated":
      return new Set();
    default: {
      const { accountId, arn } = principal;
      const names = [arn, `arn:aws:iam::${accountId}:root`, accountId];
      if (principal.kind === "user") names.push(principal.userId);
      if (principal.kind === "role-session") names.push(principal.roleArn, principal.roleId);
      return new Set(names);
    }
  }
}
