import { join } from "node:path";
import { DigestMaker } from "@strongroom/audit";
import { systemClock } from "@strongroom/base";
import type { Vault } from "../vault.ts";

const DAY_MS = 86_400_000;

/** Where the trail is in a data folder. */
export function auditFolder(dataDir: string): string {
  return join(dataDir, "audit");
}

/** Signs digests over the trail of this folder. `keepDays` 0: nothing is ever removed; nor is what `deliveredTo` does not reach. */
export async function createDigestMaker(
  vault: Pick<Vault, "accounts" | "auditKeys">,
  dataDir: string,
  keepDays: number,
  deliveredTo?: () => Promise<number>,
): Promise<DigestMaker> {
  const accounts = await vault.accounts.listAccounts();
  return new DigestMaker({
    folder: auditFolder(dataDir),
    keys: vault.auditKeys,
    clock: systemClock,
    accountId: accounts.find(({ isServerRoot }) => isServerRoot)?.accountId ?? "",
    retentionMs: keepDays === 0 ? null : keepDays * DAY_MS,
    ...(deliveredTo === undefined ? {} : { deliveredTo }),
  });
}
