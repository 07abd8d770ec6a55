import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  createKmsRewrapJob,
  findKmsProof,
  isKmsUnproven,
  type KmsRewrapRun,
  printProof,
} from "@strongroom/server";
import type { OpenedFolder } from "../open-folder.ts";

const LOOK_INTERVAL_MS = 1_000;

/** `strongroom keys rewrap --kms-key KEY`: asks for a run, and with `--watch` stays until it is over. */
export async function rewrapKms(
  { vault, loaded }: OpenedFolder,
  keyName: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { config } = loaded;
  const accounts = await vault.accounts.listAccounts();
  const accountId = accounts.find(({ isServerRoot }) => isServerRoot)?.accountId ?? "";
  const arnOf = (name: string): string => {
    if (name.startsWith("arn:")) return name;
    return `arn:aws:kms:${config.region}:${accountId}:${name.startsWith("alias/") ? name : `key/${name}`}`;
  };
  const job = createKmsRewrapJob({ config, vault });
  const { toKey } = options;
  const isJson = options["json"] === true;
  const keyArn = await job.request(arnOf(keyName), arnOf(typeof toKey === "string" ? toKey : keyName));
  for (;;) {
    let printedMs = 0;
    const run = await job.work(
      keyArn,
      () => options["watch"] !== true,
      (now) => {
        if (Date.now() - printedMs < LOOK_INTERVAL_MS || now.finishedMs !== null) return;
        printedMs = Date.now();
        printRun(now, isJson);
      },
    );
    if (run === null) return;
    printRun(run, isJson);
    if (run.finishedMs === null && options["watch"] === true) {
      await sleep(LOOK_INTERVAL_MS);
      continue;
    }
    if (isKmsUnproven(run)) process.exitCode = 1;
    const proof = run.finishedMs === null ? null : await findKmsProof(vault.records, keyArn);
    if (proof !== null && typeof options["proof"] === "string") {
      writeFileSync(options["proof"], printProof(proof));
    }
    return;
  }
}

function printRun(run: KmsRewrapRun, isJson: boolean): void {
  process.stdout.write(`${isJson ? JSON.stringify(run) : `${run.keyArn}: ${describeRun(run)}`}\n`);
}

function describeRun(run: KmsRewrapRun): string {
  const { toKeyArn, keyArn, wrapped, passes, surveyed, left, locked, unreadable, unknown } = run;
  const place = toKeyArn === keyArn ? "its newest material" : toKeyArn;
  if (run.finishedMs === null) {
    return run.survey === null
      ? `pass ${passes + 1}: ${wrapped} objects wrapped under ${place} in all`
      : `survey ${passes}: ${surveyed} objects looked at, ${left} of them left`;
  }
  const end = `done at ${new Date(run.finishedMs).toISOString()}: ${wrapped} objects wrapped under ${place}`;
  if (run.refusal !== null)
    return `REFUSED by the key service: ${run.refusal}; ${wrapped} objects wrapped before`;
  if (!isKmsUnproven(run)) return `${end}, none is left, which is proven`;
  return `${end}, ${left} are LEFT: ${locked} are locked, ${unreadable} do not open, ${unknown} are of an unknown format`;
}
