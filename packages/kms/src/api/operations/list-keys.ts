import { listOf, oneOf, structure } from "@strongroom/wire";
import { authorizeAction } from "../../access/authorize.ts";
import { findKey } from "../../access/resolve-key.ts";
import { keyArn } from "../../keys/key-id.ts";
import { unsupported } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { printPage, readPage } from "../markers.ts";
import { LIMIT, MARKER } from "../shapes.ts";

const INPUT = structure({
  Limit: LIMIT,
  Marker: MARKER,
  ResourceOwners: listOf(oneOf(["SELF", "OTHER_ACCOUNTS_VIA_RAM"]), { min: 1, max: 2 }),
});

export const listKeys = defineOperation("ListKeys", INPUT, async (input, call) => {
  const { accountId, region } = call.caller;
  if (input.ResourceOwners?.includes("OTHER_ACCOUNTS_VIA_RAM")) {
    throw unsupported("Keys shared by other accounts are not supported.");
  }
  await authorizeAction(call, "ListKeys");
  const list = ["keys", accountId, region];
  const page = readPage(call, list, input, { standard: 100, max: 1000 });
  const ids = await call.services.keys.listIds(accountId, region, page.after, page.limit + 1);
  const { shown, ...rest } = printPage(call, list, page, ids, (id) => id);
  const Keys = [];
  for (const id of shown) {
    // Those whose deletion is due are cleared away later; they are not shown any more.
    if ((await findKey(call, region, id)) === null) continue;
    Keys.push({ KeyId: id, KeyArn: keyArn(region, accountId, id) });
  }
  return { Keys, ...rest };
});
