import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addAccountCreate } from "./commands/account-create.ts";
import { addAuditDigest } from "./commands/audit-digest.ts";
import { addAuditPrint } from "./commands/audit-print.ts";
import { addAuditPublicKey } from "./commands/audit-public-key.ts";
import { addAuditVerify } from "./commands/audit-verify.ts";
import { addConfigShow } from "./commands/config-show.ts";
import { addDecrypt } from "./commands/decrypt.ts";
import { addEncrypt } from "./commands/encrypt.ts";
import { addEnv } from "./commands/env.ts";
import { addExplainRead } from "./commands/explain-read.ts";
import { addImport } from "./commands/import.ts";
import { addJobsChange } from "./commands/jobs-change.ts";
import { addJobsCreate } from "./commands/jobs-create.ts";
import { addJobsList } from "./commands/jobs-list.ts";
import { addJobsShow } from "./commands/jobs-show.ts";
import { addKeysBackup } from "./commands/keys-backup.ts";
import { addKeysChangeRoot } from "./commands/keys-change-root.ts";
import { addKeysDestroy } from "./commands/keys-destroy.ts";
import { addKeysList } from "./commands/keys-list.ts";
import { addKeysProof } from "./commands/keys-proof.ts";
import { addKeysRestore } from "./commands/keys-restore.ts";
import { addKeysRewrap } from "./commands/keys-rewrap.ts";
import { addKeysRotate } from "./commands/keys-rotate.ts";
import { addKeysSlots } from "./commands/keys-slots.ts";
import { addKeysUpgradeRoot } from "./commands/keys-upgrade-root.ts";
import { addKeysVerifyProof } from "./commands/keys-verify-proof.ts";
import { addServe } from "./commands/serve.ts";
import { addVerify } from "./commands/verify.ts";

/** The command line: one file per command. Unknown options end with a suggestion and exit code 1. */
export function buildProgram(): Command {
  const program = new Command("strongroom")
    .description("Object storage in which nothing is ever stored, or sent, in the clear")
    .version(readVersion())
    .showHelpAfterError("(strongroom --help shows what there is)")
    .showSuggestionAfterError()
    .enablePositionalOptions();
  addServe(program);
  addEnv(program);
  addAccountCreate(program);
  addConfigShow(program);
  addKeysRotate(program);
  addKeysRewrap(program);
  addKeysList(program);
  addKeysProof(program);
  addKeysVerifyProof(program);
  addKeysDestroy(program);
  addKeysSlots(program);
  addKeysUpgradeRoot(program);
  addKeysChangeRoot(program);
  addKeysBackup(program);
  addKeysRestore(program);
  addJobsCreate(program);
  addJobsList(program);
  addJobsShow(program);
  addJobsChange(program);
  addVerify(program);
  addAuditVerify(program);
  addAuditPrint(program);
  addAuditDigest(program);
  addAuditPublicKey(program);
  addExplainRead(program);
  addEncrypt(program);
  addDecrypt(program);
  addImport(program);
  return program;
}

function readVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof parsed === "object" && parsed !== null && "version" in parsed
    ? String(parsed.version)
    : "unknown";
}
