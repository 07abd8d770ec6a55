import { readFileSync } from "node:fs";
import { type Finding, parseWitness, type Verification, verifyTrail } from "@strongroom/audit";
import { auditFolder } from "@strongroom/server";
import type { Command } from "commander";
import { openFolder } from "../open-folder.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";
import { auditGroup } from "./audit-group.ts";

/** `strongroom audit verify`: exit code 1 when anything on the trail was changed. */
export function addAuditVerify(program: Command): void {
  const command = auditGroup(program)
    .command("verify")
    .description(
      "find any record that was changed, dropped, reordered or cut off; works while the server runs",
    )
    .option("--witness <file>", 'digests kept elsewhere, as "strongroom audit digest" prints them')
    .option("--json", "print one object instead of lines");
  addSettingOptions(command, FOLDER_SETTINGS).action(async (options: Record<string, unknown>) => {
    const { vault, loaded } = await openFolder(flagsOf(options));
    try {
      const { witness: witnessFile } = options;
      const witness = typeof witnessFile === "string" ? parseWitness(readFileSync(witnessFile, "utf8")) : [];
      const report = await verifyTrail(auditFolder(loaded.config.dataDir), vault.auditKeys, witness);
      process.stdout.write(options["json"] === true ? `${JSON.stringify(report)}\n` : printReport(report));
      if (report.findings.length > 0) process.exitCode = 1;
    } finally {
      await vault.close();
    }
  });
}

function printReport({ findings, notes, records, segments, digests, witnessed }: Verification): string {
  const lines = [
    ...notes.map((note) => `note: ${printFinding(note)}`),
    ...findings.map(printFinding),
    `${records} records in ${segments} files, ${digests} signed digests, ${witnessed} of a witness: ` +
      (findings.length === 0 ? "nothing was changed" : `${findings.length} findings`),
  ];
  return `${lines.join("\n")}\n`;
}

function printFinding({ kind, segment, first, last, text }: Finding): string {
  const records =
    first === null ? "" : last === first ? ` record ${first}` : ` records ${first} to ${last ?? "the end"}`;
  return `${kind}: ${segment}${records}: ${text}`;
}
