import { readFileSync } from "node:fs";
import { ConfigError } from "./config-error.ts";
import { isSettingName, SETTING_NAMES, SETTINGS, type SettingName, type SettingValues } from "./schema.ts";
import type { Origin, Setting } from "./setting.ts";
import { suggestName } from "./suggestion.ts";

/** Settings as text from one place. */
export interface SettingSource {
  readonly entries: Readonly<Record<string, string | undefined>>;
  readonly originOf: (name: string) => Origin;
  /** What one entry is called in a message. */
  readonly label: "flag" | "variable" | "setting";
}

export interface SourcedValue {
  /** As written; `[set]` for a secret; null when unset. */
  readonly text: string | null;
  readonly origin: Origin;
}

interface Written {
  readonly text: string;
  readonly origin: Origin;
}

/** Joins the sources (the last one that names a setting wins), resolves references and parses every value once. */
export function mergeSettings(
  sources: readonly SettingSource[],
  environment: Readonly<Record<string, string | undefined>>,
): { values: SettingValues; shown: Record<SettingName, SourcedValue> } {
  const written = new Map<SettingName, Written>();
  for (const source of sources) {
    for (const [name, text] of Object.entries(source.entries)) {
      if (text === undefined) continue;
      if (!isSettingName(name)) throw unknownSetting(name, source);
      written.set(name, { text, origin: source.originOf(name) });
    }
  }
  const values: Partial<Record<SettingName, unknown>> = {};
  const shown: Partial<Record<SettingName, SourcedValue>> = {};
  for (const name of SETTING_NAMES) {
    const setting: Setting<unknown> = SETTINGS[name];
    const { text, origin } = written.get(name) ?? { text: setting.fallback, origin: "default" as const };
    values[name] = text === null ? null : parseSetting(name, setting, text, origin, environment);
    shown[name] = { text: text !== null && setting.secret === true ? "[set]" : text, origin };
  }
  return { values: values as SettingValues, shown: shown as Record<SettingName, SourcedValue> };
}

function parseSetting(
  name: SettingName,
  setting: Setting<unknown>,
  text: string,
  origin: Origin,
  environment: Readonly<Record<string, string | undefined>>,
): unknown {
  const actual = resolveReference(name, text, origin, environment);
  try {
    return setting.parse(actual);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const quoted = setting.secret === true ? "" : ` not "${actual}"`;
    throw new ConfigError("InvalidSetting", `${name} (${origin}): ${error.message}${quoted && `,${quoted}`}`);
  }
}

/** `file:PATH` is the file's text without its last line break, `env:NAME` a variable's; root credentials only. */
function resolveReference(
  name: SettingName,
  text: string,
  origin: Origin,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (name !== "root-secret-access-key" && name !== "root-access-key-id") return text;
  if (text.startsWith("env:")) {
    const value = environment[text.slice(4)];
    if (value === undefined)
      throw new ConfigError("InvalidSetting", `${name} (${origin}) names a variable that is not set`);
    return value;
  }
  if (!text.startsWith("file:")) return text;
  try {
    return readFileSync(text.slice(5), "utf8").replace(/\r?\n$/, "");
  } catch {
    throw new ConfigError("InvalidSetting", `${name} (${origin}) names a file that cannot be read`);
  }
}

function unknownSetting(name: string, source: SettingSource): ConfigError {
  const near = suggestName(name, SETTING_NAMES);
  const spell = (candidate: string) => source.originOf(candidate).replace(/^(?:environment|flag) /, "");
  const subject = source.label === "setting" ? `${name} in ${source.originOf(name).slice(5)}` : spell(name);
  const nearSpelled = near !== null && source.label === "setting" ? near : near === null ? null : spell(near);
  const hint = nearSpelled === null ? "" : `; did you mean ${nearSpelled}?`;
  return new ConfigError("UnknownSetting", `unknown ${source.label} ${subject}${hint}`);
}
