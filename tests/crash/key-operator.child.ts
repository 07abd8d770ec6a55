// Rotates, wraps anew, destroys and deletes keys over a data folder, over and over, until it is killed: started by
// key-operator.ts beside a server that is under load. Prints what it completed, one word a line. With one key ARN, or none,
// it leaves the keys of the key service alone.
import { systemClock } from "@strongroom/base";
import { Authorization, mapContext } from "@strongroom/iam";
import type { KmsCaller } from "@strongroom/kms";
import {
  auditFolder,
  composeKeyService,
  createKmsRewrapJob,
  createRewrapJob,
  destroyMasterKeys,
  findNewestProof,
  loadConfig,
  openVault,
  ServerError,
} from "@strongroom/server";
import { randomOf } from "../harness/test-bytes.ts";

const [dataDir = "", rootKeyFile = "", seed = "", keyArn = "", otherArn = ""] = process.argv.slice(2);
const DAY_MS = 86_400_000;
const { config } = loadConfig({ "data-dir": dataDir, "root-key-file": rootKeyFile });
const vault = await openVault(config, { create: false });
const random = randomOf(seed);
const said = (word: string): void => void process.stdout.write(`${word}\n`);
const accountId = keyArn.split(":")[4] ?? "";
const caller: KmsCaller = {
  principal: { kind: "root", accountId, arn: `arn:aws:iam::${accountId}:root`, userId: accountId },
  accountId,
  region: config.region,
  context: mapContext({}),
  viaService: null,
  sessionPolicies: null,
};
const keyService = composeKeyService({ config, vault });
const mover = createKmsRewrapJob({ config, vault });
/** For which every deletion window is over. */
const later = { nowMs: () => systemClock.nowMs() + 8 * DAY_MS };
const laterService = composeKeyService({ config, vault }, new Authorization(vault.identities), later);

async function rotateAndWrap(): Promise<void> {
  const job = createRewrapJob(vault);
  await job.rotate();
  said("rotated");
  const run = await job.work(() => false);
  if (run !== null && run.finishedMs !== null) said("proven");
}

/** What the newest proof allows, which may be of an earlier run than the one under way. */
async function destroyOld(): Promise<void> {
  const proof = await findNewestProof(vault.records);
  const upTo = proof?.statement.noneUpTo ?? 0;
  if (upTo === 0) return;
  try {
    const options = { vault, trailFolder: auditFolder(dataDir), region: config.region, accountId };
    const { destroyed } = await destroyMasterKeys(options, upTo);
    if (destroyed.length > 0) said("destroyed");
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    said(`refused:${error.code}`);
  }
}

async function moveObjects(): Promise<void> {
  const [from, to] = random() < 0.5 ? [keyArn, otherArn] : [otherArn, keyArn];
  await keyService.execute("RotateKeyOnDemand", { KeyId: from }, caller).catch(() => null);
  const target = random() < 0.3 ? from : to;
  await mover.request(from, target);
  const run = await mover.work(from, () => false);
  said(run?.refusal == null ? "moved" : `refused:${run.refusal}`);
}

async function deleteDue(): Promise<void> {
  const { deletedKeys } = await laterService.maintain((_, error) => said(`failed:${String(error)}`));
  if (deletedKeys > 0) said("deleted");
}

said("begun");
for (;;) {
  const dice = random() * (otherArn === "" ? 0.6 : 1);
  if (dice < 0.35) await rotateAndWrap();
  else if (dice < 0.6) await destroyOld();
  else if (dice < 0.85) await moveObjects();
  else await deleteDue();
}
