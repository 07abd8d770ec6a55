// What `npm test` runs: types, lint, imports, tests. Ends with one line "N passed, N failed, N skipped".
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { checkImports } from "./check-imports.ts";
import { checkLessons } from "./check-lessons.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TEST_FILES = [
  "packages/*/src/**/*.test.ts",
  "apps/*/src/**/*.test.ts",
  "tests/**/*.test.ts",
  "tools/**/*.test.ts",
];
/** A test that hangs is a failed test; the suites that are named take longer, and `STRONGROOM_TEST_MINUTES` lets them. */
const TIMEOUT_MS = 180_000;
const SUITE_TIMEOUT_MS = Number(process.env["STRONGROOM_TEST_MINUTES"] ?? 20) * 60_000;

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Runs a program of a package under this very Node.js, so that neither PATH nor shims matter. */
function runPackaged(
  label: string,
  packageName: string,
  binary: string,
  parameters: readonly string[],
): Tally {
  const folder = dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`));
  console.log(`# ${label}`);
  const { status } = spawnSync(process.execPath, [join(folder, binary), ...parameters], {
    cwd: ROOT,
    stdio: "inherit",
  });
  console.log(status === 0 ? `${label}: passed` : `${label}: failed`);
  return status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

function runImports(): Tally {
  console.log("# imports");
  const { findings, files, imports } = checkImports(ROOT);
  for (const finding of findings) console.log(finding);
  console.log(`imports: ${files} files and ${imports} imports checked, ${findings.length} findings`);
  const isGood = findings.length === 0 && files > 0 && imports > 0;
  return isGood ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

function runLessons(): Tally {
  console.log("# lessons");
  const { findings, tested, notApplicable } = checkLessons(ROOT);
  for (const finding of findings) console.log(finding);
  console.log(`lessons: ${tested} tested, ${notApplicable} not applicable, ${findings.length} findings`);
  const isGood = findings.length === 0 && tested > 0;
  return isGood ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

async function runTests(patterns: readonly string[], timeout: number): Promise<Tally> {
  console.log("# tests");
  const files = globSync([...patterns], { cwd: ROOT, exclude: (name) => name === "node_modules" })
    .sort()
    .map((file) => join(ROOT, file));
  if (files.length === 0) {
    console.log(`no test files match ${patterns.join(" ")}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const tally = { passed: 0, failed: 0, skipped: 0 };
  const concurrency = Math.max(1, Math.min(4, availableParallelism()));
  // A failed test may leave a server behind, which would keep its file's process alive: the harness kills it at the exit.
  const events = run({ files, cwd: ROOT, concurrency, timeout, execArgv: ["--test-force-exit"] });
  events.on("test:summary", ({ file, counts }) => {
    if (file !== undefined) return;
    tally.passed = counts.passed;
    tally.failed = counts.tests - counts.passed - counts.skipped - counts.todo;
    tally.skipped = counts.skipped + counts.todo;
  });
  await new Promise<void>((resolve) => {
    const report = events.compose(spec);
    report.on("end", resolve);
    report.pipe(process.stdout, { end: false });
  });
  console.log(`tests: ${files.length} files`);
  return tally;
}

const patterns = process.argv.slice(2);
const onlyTests = patterns.length > 0;
const tallies: Tally[] = [];
if (!onlyTests) {
  tallies.push(runPackaged("types", "typescript", "bin/tsc", ["-p", "tsconfig.json"]));
  tallies.push(runPackaged("lint", "@biomejs/biome", "bin/biome", ["check", "--error-on-warnings", "."]));
  tallies.push(runImports());
  tallies.push(runLessons());
}
tallies.push(await (onlyTests ? runTests(patterns, SUITE_TIMEOUT_MS) : runTests(TEST_FILES, TIMEOUT_MS)));

const sum = (field: keyof Tally): number => tallies.reduce((total, tally) => total + tally[field], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`);
process.exit(sum("failed") > 0 || sum("passed") === 0 ? 1 : 0);
