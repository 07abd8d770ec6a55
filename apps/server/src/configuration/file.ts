import { parse } from "smol-toml";
import { ConfigError } from "./config-error.ts";
import type { SettingSource } from "./merge.ts";

/** The flat TOML file `name = value`; lists may be written as arrays. Throws `ConfigError` for anything else. */
export function parseConfigFile(path: string, text: string): SettingSource {
  const entries: Record<string, string> = {};
  for (const [name, value] of Object.entries(readToml(path, text))) entries[name] = toText(path, name, value);
  return { entries, originOf: () => `file ${path}`, label: "setting" };
}

function readToml(path: string, text: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    // The parser's message quotes the file, which may hold a secret: only the position is passed on.
    const line = error instanceof Error && "line" in error ? ` at line ${String(error.line)}` : "";
    throw new ConfigError("UnreadableFile", `${path} is not valid TOML${line}`);
  }
}

function toText(path: string, name: string, value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(",");
  throw new ConfigError(
    "InvalidSetting",
    `${name} in ${path}: expected a string, a number or a list of strings`,
  );
}
