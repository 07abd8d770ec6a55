import { randomBytes } from "node:crypto";
import { listOf, mapOf, oneOf, type ParsedAs, required, structure, text } from "@strongroom/wire";
import { authorizeKeyUse } from "../../access/authorize.ts";
import { accessDenied, keyNotFound } from "../../access/key-errors.ts";
import { requireState, USABLE } from "../../access/require-state.ts";
import { resolveKey } from "../../access/resolve-key.ts";
import { answerDryRun } from "../../access/use-key.ts";
import { GRANT_OPERATIONS, type Grant } from "../../grants/grant.ts";
import { checkGrant, isSameGrant, isWithin } from "../../grants/grant-rules.ts";
import { printGrantToken } from "../../grants/grant-token.ts";
import { KmsError } from "../../kms-error.ts";
import { defineOperation, type KmsCall } from "../kms-operation.ts";
import { DRY_RUN, GRANT_TOKENS, KEY_ID, PRINCIPAL, SERVICE_PRINCIPAL } from "../shapes.ts";

const INPUT = structure({
  KeyId: required(KEY_ID),
  GranteePrincipal: PRINCIPAL,
  RetiringPrincipal: PRINCIPAL,
  Operations: required(listOf(oneOf(GRANT_OPERATIONS))),
  Constraints: structure({
    EncryptionContextSubset: mapOf(text()),
    EncryptionContextEquals: mapOf(text()),
    SourceArn: text({
      min: 20,
      max: 512,
      pattern: /^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$/,
    }),
  }),
  GrantTokens: GRANT_TOKENS,
  Name: text({ min: 1, max: 256, pattern: /^[a-zA-Z0-9:/_-]+$/ }),
  DryRun: DRY_RUN,
  GranteeServicePrincipal: SERVICE_PRINCIPAL,
  RetiringServicePrincipal: SERVICE_PRINCIPAL,
});
type Input = ParsedAs<typeof INPUT>;

const MAX_GRANTS = 50_000;

export const createGrant = defineOperation("CreateGrant", INPUT, async (input, call) => {
  const { services } = call;
  const { key } = await resolveKey(call, input.KeyId, "key", "CreateGrant");
  const by = await authorizeKeyUse(call, {
    action: "CreateGrant",
    key,
    grantOperation: "CreateGrant",
    grantTokens: input.GrantTokens,
    conditions: conditionsOf(input, call),
  });
  const { region, keyId, accountId } = key.record;
  const content = contentOf(input, { region, keyId, accountId, issuingAccountId: call.caller.accountId });
  const nowMs = services.clock.nowMs();
  requireState(key, nowMs, USABLE);
  checkGrant(content, key.set);
  const ids = {
    granteeId: await requireUniqueId(call, content.granteePrincipal),
    retiringId: await requireUniqueId(call, content.retiringPrincipal),
  };
  if (by !== null && !isWithin(content, by)) {
    throw accessDenied("A grant made by a grant cannot allow more than that grant does.");
  }
  answerDryRun(input.DryRun);

  let grantId = "";
  const changed = await services.keys.update(region, keyId, async (fresh) => {
    requireState(fresh, nowMs, USABLE);
    const { record } = fresh;
    const known =
      content.name === undefined
        ? undefined
        : (await services.grants.ofKey(fresh)).find(
            (each) => each.name === content.name && isSameGrant(each, content),
          );
    if (known !== undefined) {
      grantId = known.id;
      return null;
    }
    if (record.grantCount >= MAX_GRANTS) {
      throw new KmsError("LimitExceededException", "The key has as many grants as a key may have.");
    }
    grantId = randomBytes(32).toString("hex");
    const grant: Grant = { ...content, ...ids, id: grantId, createdMs: nowMs };
    return {
      record: { ...record, grantCount: record.grantCount + 1, grantVersion: record.grantVersion + 1 },
      changes: services.grants.changesOf(grant, "add"),
    };
  });
  if (changed === null) throw keyNotFound(key.arn);
  const token = printGrantToken(services.materials.keys.grantToken, { region, keyId, grantId });
  return { GrantToken: token, GrantId: grantId };
});

/** undefined for accounts and for nobody. Throws InvalidArnException for a principal there is none of. */
async function requireUniqueId(call: KmsCall, principal: string | undefined): Promise<string | undefined> {
  if (principal === undefined || !principal.startsWith("arn:")) return undefined;
  const found = await call.services.principals.findPrincipal(principal);
  if (found === null) {
    throw new KmsError("InvalidArnException", `ARN does not refer to a valid principal: ${principal}`);
  }
  return found.uniqueId ?? undefined;
}

function contentOf(
  input: Input,
  place: Pick<Grant, "region" | "keyId" | "accountId" | "issuingAccountId">,
): Omit<Grant, "id" | "createdMs"> {
  return {
    ...place,
    name: input.Name,
    granteePrincipal: input.GranteePrincipal,
    granteeId: undefined,
    granteeService: input.GranteeServicePrincipal,
    retiringPrincipal: input.RetiringPrincipal,
    retiringId: undefined,
    retiringService: input.RetiringServicePrincipal,
    operations: [...new Set(input.Operations)],
    contextEquals: input.Constraints?.EncryptionContextEquals,
    contextSubset: input.Constraints?.EncryptionContextSubset,
    sourceArn: input.Constraints?.SourceArn,
  };
}

function conditionsOf(input: Input, call: KmsCall) {
  const { Constraints: constraints } = input;
  const types = Object.entries(constraints ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  return {
    grantoperations: input.Operations,
    granteeprincipal: input.GranteePrincipal,
    granteeserviceprincipal: input.GranteeServicePrincipal,
    retiringprincipal: input.RetiringPrincipal,
    retiringserviceprincipal: input.RetiringServicePrincipal,
    grantconstrainttype: types.length === 0 ? undefined : types,
    grantconstraintsourcearn: constraints?.SourceArn,
    // Only our own services make grants in somebody's name: never a header's word (kms.md §2.4).
    grantisforawsresource: call.caller.viaService !== null,
  };
}
