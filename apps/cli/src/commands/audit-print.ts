import { readTrail } from "@strongroom/audit";
import { auditFolder } from "@strongroom/server";
import { type Command, InvalidArgumentError } from "commander";
import { openFolder } from "../open-folder.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";
import { auditGroup } from "./audit-group.ts";

/** `strongroom audit print`: the events as JSON lines, the newest first. */
export function addAuditPrint(program: Command): void {
  const command = auditGroup(program)
    .command("print")
    .description("print the events of the trail as JSON lines, the newest first")
    .option("--since <time>", "only events from then on (ISO 8601)", parseTime)
    .option("--until <time>", "only events up to then (ISO 8601)", parseTime);
  addSettingOptions(command, FOLDER_SETTINGS).action(async (options: Record<string, unknown>) => {
    const { since, until, ...settings } = options;
    const { vault, loaded } = await openFolder(flagsOf(settings));
    const range = {
      fromMs: typeof since === "number" ? since : 0,
      toMs: typeof until === "number" ? until : Number.MAX_SAFE_INTEGER,
    };
    try {
      for await (const { text } of readTrail(auditFolder(loaded.config.dataDir), vault.auditKeys, range)) {
        if (!process.stdout.write(`${text}\n`)) {
          await new Promise<void>((resolve) => process.stdout.once("drain", resolve));
        }
      }
    } finally {
      await vault.close();
    }
  });
}

function parseTime(text: string): number {
  const timeMs = Date.parse(text);
  if (Number.isNaN(timeMs)) throw new InvalidArgumentError("not a time in ISO 8601");
  return timeMs;
}
