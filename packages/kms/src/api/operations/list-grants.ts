import { required, structure, text } from "@strongroom/wire";
import { inspectKey } from "../../access/change-key.ts";
import { type Grant, printGrant } from "../../grants/grant.ts";
import { defineOperation } from "../kms-operation.ts";
import { pageOf, printPage, readPage } from "../markers.ts";
import { KEY_ID, LIMIT, MARKER, PRINCIPAL, SERVICE_PRINCIPAL } from "../shapes.ts";

const INPUT = structure({
  Limit: LIMIT,
  Marker: MARKER,
  KeyId: required(KEY_ID),
  GrantId: text({ min: 1, max: 128 }),
  GranteePrincipal: PRINCIPAL,
  GranteeServicePrincipal: SERVICE_PRINCIPAL,
});

export const listGrants = defineOperation("ListGrants", INPUT, async (input, call) => {
  const key = await inspectKey(call, input.KeyId, "ListGrants", {
    conditions: { grantisforawsresource: call.caller.viaService !== null },
  });
  const { GrantId, GranteePrincipal, GranteeServicePrincipal } = input;
  const list = ["grants", key.arn, GrantId ?? "", GranteePrincipal ?? "", GranteeServicePrincipal ?? ""];
  const page = readPage(call, list, input, { standard: 50, max: 100 });
  const wanted = (grant: Grant): boolean =>
    (GrantId === undefined || grant.id === GrantId) &&
    (GranteePrincipal === undefined || grant.granteePrincipal === GranteePrincipal) &&
    (GranteeServicePrincipal === undefined || grant.granteeService === GranteeServicePrincipal);
  const grants = (await call.services.grants.ofKey(key)).filter(wanted);
  const nameOf = (grant: Grant): string => grant.id;
  const { shown, ...rest } = printPage(call, list, page, pageOf(page, grants, nameOf), nameOf);
  return { Grants: shown.map((grant) => printGrant(grant, key.arn)), ...rest };
});
