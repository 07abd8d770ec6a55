import { structure } from "@strongroom/wire";
import { authorizeAction } from "../../access/authorize.ts";
import { type Grant, printGrant } from "../../grants/grant.ts";
import { keyArn } from "../../keys/key-id.ts";
import { invalid, KmsError } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { printPage, readPage } from "../markers.ts";
import { LIMIT, MARKER, PRINCIPAL, SERVICE_PRINCIPAL } from "../shapes.ts";

const INPUT = structure({
  Limit: LIMIT,
  Marker: MARKER,
  RetiringPrincipal: PRINCIPAL,
  RetiringServicePrincipal: SERVICE_PRINCIPAL,
});

/** Of every key and account: whoever may retire a grant sees it. The principal is one of the caller's account. */
export const listRetirableGrants = defineOperation("ListRetirableGrants", INPUT, async (input, call) => {
  const { accountId, region } = call.caller;
  const principal = input.RetiringPrincipal ?? input.RetiringServicePrincipal;
  if (
    principal === undefined ||
    (input.RetiringPrincipal !== undefined && input.RetiringServicePrincipal !== undefined)
  ) {
    throw invalid("Specify either RetiringPrincipal or RetiringServicePrincipal.");
  }
  await authorizeAction(call, "ListRetirableGrants");
  const list = ["retirable", accountId, region, principal];
  const page = readPage(call, list, input, { standard: 50, max: 100 });
  const found = await call.services.grants.listRetirable(
    region,
    principal,
    parseName(page.after),
    page.limit + 1,
  );
  const { shown, ...rest } = printPage(call, list, page, found, (grant) => `${grant.keyId}/${grant.id}`);
  const isOwn = (grant: Grant): boolean =>
    grant.accountId === accountId || principal.includes(`::${accountId}:`);
  const Grants = shown
    .filter(isOwn)
    .map((grant) => printGrant(grant, keyArn(region, grant.accountId, grant.keyId)));
  return { Grants, ...rest };
});

function parseName(name: string | null): { readonly keyId: string; readonly id: string } | null {
  if (name === null) return null;
  const [keyId, id] = name.split("/");
  if (keyId === undefined || id === undefined) throw new KmsError("InvalidMarkerException", "");
  return { keyId, id };
}
