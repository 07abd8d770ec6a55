import { loadConfig, SETTING_NAMES } from "@strongroom/server";
import type { Command } from "commander";
import { addSettingOptions, flagsOf } from "../setting-options.ts";

/** `strongroom config`: every setting, its value and where it came from. Secrets show as `[set]`. */
export function addConfigShow(program: Command): void {
  const command = program
    .command("config")
    .description("print every setting, its value and where it came from")
    .option("--json", "print an object instead of lines");
  addSettingOptions(command).action((options: Record<string, unknown>) => {
    const { shown } = loadConfig(flagsOf(options));
    if (options["json"] === true) {
      const values = SETTING_NAMES.map((name) => [
        name,
        { value: shown[name].text, origin: shown[name].origin },
      ]);
      process.stdout.write(`${JSON.stringify(Object.fromEntries(values), null, 2)}\n`);
      return;
    }
    for (const name of SETTING_NAMES) {
      const { text, origin } = shown[name];
      process.stdout.write(`${name.padEnd(24)} ${(text ?? "-").padEnd(40)} ${origin}\n`);
    }
  });
}
