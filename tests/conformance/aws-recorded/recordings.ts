import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** What AWS answered in one recorded test: the answers by their label, in order. */
export interface Recording {
  readonly name: string;
  readonly answers: ReadonlyMap<string, unknown>;
}

/** The folder `shared/aws-recorded` beside this repository or one of its parents; null when there is none. */
export function findRecordingsFolder(): string | null {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, "shared", "aws-recorded");
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return null;
  }
}

/**
 * Reads every recording of one service's suites (files `test_SERVICE….json`) by its short name:
 * `test_s3_api.py::TestClass::test_name[parameter]`.
 */
export function readRecordings(folder: string, service = "s3"): ReadonlyMap<string, Recording> {
  const recordings = new Map<string, Recording>();
  const files = readdirSync(folder).filter(
    (name) => name.startsWith(`test_${service}`) && name.endsWith(".json"),
  );
  for (const file of files) {
    const parsed: unknown = JSON.parse(readFileSync(join(folder, file), "utf8"));
    if (parsed === null || typeof parsed !== "object") throw new Error(`${file} holds no object`);
    for (const [path, entry] of Object.entries(parsed)) {
      const name = path.replace(new RegExp(`^.*?/(test_${service}\\w*\\.py::)`), "$1");
      const content: unknown =
        entry !== null && typeof entry === "object" ? Reflect.get(entry, "recorded-content") : null;
      if (content === null || typeof content !== "object") throw new Error(`${path} has no recorded-content`);
      recordings.set(name, { name, answers: new Map(Object.entries(content)) });
    }
  }
  if (recordings.size === 0) throw new Error("the folder of recordings is empty");
  return recordings;
}
