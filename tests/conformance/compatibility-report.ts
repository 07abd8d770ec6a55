import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The committed answer of one suite: `docs/compatibility/<suite>.json`. */
export function reportPath(suite: string): string {
  return fileURLToPath(new URL(`../../docs/compatibility/${suite}.json`, import.meta.url));
}

/** The names that passed when the report was last written; none when there is no report yet. */
export function readPassed(suite: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(reportPath(suite), "utf8");
  } catch {
    return [];
  }
  const parsed: unknown = JSON.parse(text);
  if (parsed === null || typeof parsed !== "object" || !("passed" in parsed) || !Array.isArray(parsed.passed))
    throw new Error(`${reportPath(suite)} has no list "passed"`);
  return parsed.passed.map(String);
}

/** Writes the report, one list entry a line, so that a change of one test is a change of one line. */
export function writeReport(suite: string, report: object): void {
  const path = reportPath(suite);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
}

/**
 * Compares with the committed report: true when nothing is lost. A lost test leaves the report as it is, so that
 * the next run fails as well.
 */
export function keepReport(suite: string, passed: ReadonlySet<string>, report: object): boolean {
  const lost = readPassed(suite).filter((name) => !passed.has(name));
  if (lost.length === 0) {
    writeReport(suite, report);
    process.stdout.write(`wrote docs/compatibility/${suite}.json\n`);
    return true;
  }
  process.stdout.write(`${lost.length} passed before and do not now (the report stays as it was):\n`);
  for (const name of lost) process.stdout.write(`  ${name}\n`);
  return false;
}

export const percent = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.round((part / whole) * 1000) / 10;
