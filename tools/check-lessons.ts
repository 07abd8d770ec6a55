// Counts the lessons of other stores that a named test carries: node tools/run.mjs tools/check-lessons.ts
// Ends with 1 when one has neither a test nor a reason.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

interface Lessons {
  readonly lessons: readonly string[];
  /** Why there is nothing to test. */
  readonly notApplicable: Readonly<Record<string, string>>;
}

export interface LessonReport {
  readonly findings: readonly string[];
  readonly tested: number;
  readonly notApplicable: number;
}

const FILES = [
  "packages/*/src/**/*.test.ts",
  "packages/*/src/**/*.suite.ts",
  "apps/*/src/**/*.test.ts",
  "tests/**/*.ts",
];
/** Ids in brackets: `[L-23]`, as they stand in the name of a test. */
const CARRIED = /\[(L-\d+)\]/g;

export function checkLessons(root: string): LessonReport {
  const { lessons, notApplicable }: Lessons = JSON.parse(
    readFileSync(join(root, "tools/lessons.json"), "utf8"),
  );
  const carried = new Set<string>();
  for (const file of globSync(FILES, { cwd: root, exclude: (name) => name === "node_modules" })) {
    for (const [, id = ""] of readFileSync(join(root, file), "utf8").matchAll(CARRIED)) carried.add(id);
  }
  const findings = [
    ...lessons
      .filter((id) => !carried.has(id) && notApplicable[id] === undefined)
      .map((id) => `${id} has no test that is named after it, and no reason in tools/lessons.json`),
    ...Object.keys(notApplicable)
      .filter((id) => carried.has(id) || !lessons.includes(id))
      .map((id) => `${id} is tested, or no lesson: take it out of notApplicable`),
  ];
  const tested = lessons.filter((id) => carried.has(id)).length;
  return { findings, tested, notApplicable: Object.keys(notApplicable).length };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { findings, tested, notApplicable } = checkLessons(fileURLToPath(new URL("..", import.meta.url)));
  for (const finding of findings) console.log(finding);
  console.log(`lessons: ${tested} tested, ${notApplicable} not applicable, ${findings.length} findings`);
  process.exit(findings.length > 0 || tested === 0 ? 1 : 0);
}
