import { structure } from "@strongroom/wire";
import { authorizeAction } from "../../access/authorize.ts";
import { resolveKey } from "../../access/resolve-key.ts";
import type { Alias } from "../../aliases/aliases.ts";
import { aliasArn } from "../../keys/key-id.ts";
import { managedAliases } from "../../keys/managed-key.ts";
import { defineOperation, type KmsCall } from "../kms-operation.ts";
import { pageOf, printPage, readPage } from "../markers.ts";
import { KEY_ID, LIMIT, MARKER } from "../shapes.ts";

const INPUT = structure({ KeyId: KEY_ID, Limit: LIMIT, Marker: MARKER });

type Listed = Pick<Alias, "name"> & Partial<Alias>;

export const listAliases = defineOperation("ListAliases", INPUT, async (input, call) => {
  const { accountId, region } = call.caller;
  await authorizeAction(call, "ListAliases");
  const keyId =
    input.KeyId === undefined
      ? null
      : (await resolveKey(call, input.KeyId, "key", "ListAliases")).key.record.keyId;
  const list = ["aliases", accountId, region, keyId ?? ""];
  const page = readPage(call, list, input, { standard: 50, max: 100 });
  const entries =
    keyId === null
      ? await listAll(call, page.after, page.limit + 1)
      : pageOf(page, await listOfKey(call, keyId), (alias) => alias.name);
  const { shown, ...rest } = printPage(call, list, page, entries, (alias) => alias.name);
  const Aliases = shown.map((alias) => ({
    AliasName: alias.name,
    AliasArn: aliasArn(region, accountId, alias.name),
    TargetKeyId: alias.targetKeyId,
    CreationDate: alias.createdMs === undefined ? undefined : new Date(alias.createdMs),
    LastUpdatedDate: alias.updatedMs === undefined ? undefined : new Date(alias.updatedMs),
  }));
  return { Aliases, ...rest };
});

/** With the aliases of AWS-managed keys that nobody has used yet: those have no target. */
async function listAll(call: KmsCall, after: string | null, limit: number): Promise<readonly Listed[]> {
  const { accountId, region } = call.caller;
  const stored = await call.services.aliases.list(accountId, region, after, limit);
  const isComplete = stored.length < limit;
  const last = stored.at(-1)?.name ?? "";
  const unused: Listed[] = [];
  for (const name of managedAliases) {
    const isInPage = (after === null || name > after) && (isComplete || name < last);
    if (isInPage && (await call.services.aliases.find(accountId, region, name)) === null)
      unused.push({ name });
  }
  return [...stored, ...unused].sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, limit);
}

async function listOfKey(call: KmsCall, keyId: string): Promise<readonly Listed[]> {
  const { accountId, region } = call.caller;
  const { keys, aliases } = call.services;
  const names = [...((await keys.find(region, keyId))?.record.aliases ?? [])].sort();
  const found = await Promise.all(names.map((name) => aliases.find(accountId, region, name)));
  return found.filter((alias) => alias !== null);
}
