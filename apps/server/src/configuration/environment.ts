import type { SettingSource } from "./merge.ts";
import { CONFIG_FILE_VARIABLE, isSettingName, variableOf } from "./schema.ts";

const PREFIX = "STRONGROOM_";

/** The variables that start with STRONGROOM_, by setting name. An empty variable counts as not set. */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): SettingSource {
  const entries: Record<string, string> = {};
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || variable === CONFIG_FILE_VARIABLE) continue;
    if (value === undefined || value === "") continue;
    const name = variable.slice(PREFIX.length).toLowerCase().replaceAll("_", "-");
    entries[name] = value;
  }
  return { entries, originOf: (name) => `environment ${toVariable(name)}`, label: "variable" };
}

/** How the setting, known or not, is spelled as a variable. */
export function toVariable(name: string): string {
  return isSettingName(name) ? variableOf(name) : `${PREFIX}${name.toUpperCase().replaceAll("-", "_")}`;
}
