import { type ParsedAs, structure, text } from "@strongroom/wire";
import { authorizeKeyUse, granteeNames } from "../../access/authorize.ts";
import { accessDenied } from "../../access/key-errors.ts";
import { findKey, resolveKey } from "../../access/resolve-key.ts";
import { answerDryRun } from "../../access/use-key.ts";
import { type Grant, isGrantee, isRetirer } from "../../grants/grant.ts";
import { parseGrantToken } from "../../grants/grant-token.ts";
import { removeGrant } from "../../grants/remove-grant.ts";
import { invalid, KmsError } from "../../kms-error.ts";
import { defineOperation, type KmsCall } from "../kms-operation.ts";
import { DRY_RUN, KEY_ID } from "../shapes.ts";

const INPUT = structure({
  GrantToken: text({ min: 1, max: 8192 }),
  KeyId: KEY_ID,
  GrantId: text({ min: 1, max: 128 }),
  DryRun: DRY_RUN,
});
type Input = ParsedAs<typeof INPUT>;

export const retireGrant = defineOperation("RetireGrant", INPUT, async (input, call) => {
  const grant = await findGrant(input, call);
  await requireMayRetire(grant, call);
  answerDryRun(input.DryRun);
  await removeGrant(call, grant);
  return undefined;
});

async function findGrant(input: Input, call: KmsCall): Promise<Grant> {
  const { grants, materials } = call.services;
  const { GrantToken: token, KeyId: keyId, GrantId: grantId } = input;
  if (token !== undefined) {
    if (keyId !== undefined || grantId !== undefined) {
      throw invalid("Specify either a GrantToken, or a KeyId and a GrantId.");
    }
    const named = parseGrantToken(materials.keys.grantToken, token);
    const grant =
      named.region === call.caller.region
        ? await grants.find(named.region, named.keyId, named.grantId)
        : null;
    if (grant === null) throw new KmsError("InvalidGrantTokenException", "The grant of this token is gone.");
    return grant;
  }
  if (keyId === undefined || grantId === undefined) {
    throw invalid("Specify either a GrantToken, or a KeyId and a GrantId.");
  }
  const { key } = await resolveKey(call, keyId, "key", "RetireGrant");
  const grant = await grants.find(key.record.region, key.record.keyId, grantId);
  if (grant === null) throw new KmsError("NotFoundException", `Grant ID ${grantId} not found`);
  return grant;
}

/**
 * The retiring principal may, the grantee when the grant lists RetireGrant, and whoever the key's account lets retire
 * grants of its keys. The key policy's permission for other operations says nothing of it (kms.md §2.1).
 */
async function requireMayRetire(grant: Grant, call: KmsCall): Promise<void> {
  const names = granteeNames(call.caller.principal);
  if (isRetirer(grant, names) || (isGrantee(grant, names) && grant.operations.includes("RetireGrant")))
    return;
  const key = await findKey(call, grant.region, grant.keyId);
  if (key === null) throw accessDenied("You are not allowed to retire this grant.");
  await authorizeKeyUse(call, { action: "RetireGrant", key });
}
