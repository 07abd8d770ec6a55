import {
  CONFIG_FILE_FLAG,
  type Flags,
  flagOf,
  SETTING_NAMES,
  SETTINGS,
  type Setting,
  type SettingName,
  variableOf,
} from "@strongroom/server";
import { type Command, Option } from "commander";

/** The settings a command that only looks something up needs. */
export const FOLDER_SETTINGS = [
  "data-dir",
  "root-key-file",
  "unseal-with",
  "listen",
  "region",
] as const satisfies SettingName[];

/** Adds `--config` and one flag for each of the settings; values stay text until the configuration parses them. */
export function addSettingOptions(command: Command, names: readonly SettingName[] = SETTING_NAMES): Command {
  command.addOption(
    new Option(`${CONFIG_FILE_FLAG} <FILE>`, "TOML file with settings (also STRONGROOM_CONFIG)"),
  );
  for (const name of names) {
    const setting: Setting<unknown> = SETTINGS[name];
    if (setting.flag === false) continue;
    const fallback = setting.fallback === null ? "" : ` (default ${setting.fallback})`;
    const help = `${setting.help}${fallback} [${variableOf(name)}]`;
    command.addOption(new Option(`${flagOf(name)} <${setting.placeholder}>`, help));
  }
  return command;
}

/** The parsed options by setting name, as the configuration wants them. */
export function flagsOf(options: Readonly<Record<string, unknown>>): Flags {
  const flags: Record<string, string> = {};
  for (const name of ["config", ...SETTING_NAMES]) {
    const value = options[camelCase(name)];
    if (typeof value === "string") flags[name] = value;
  }
  return flags;
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
