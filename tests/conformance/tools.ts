// Drives tools as they come from their makers through every way to be encrypted by the server, and writes the table.
//   npm run conformance:tools             all of them; builds what is not there (the first time some minutes)
//   npm run conformance:tools -- s3cmd    some, by name; the others' cells stay as they are
import { TOOLS } from "../tools/all-tools.ts";
import { ToolBench, type ToolOutcome } from "../tools/tool-matrix.ts";
import { writeToolReport } from "../tools/tool-report.ts";

function printOutcome(outcome: ToolOutcome): void {
  if ("missing" in outcome) {
    process.stdout.write(`skip ${outcome.tool.name}: ${outcome.missing}\n`);
    return;
  }
  for (const { scheme, passed, failed } of outcome.cells) {
    const verdict = failed.length > 0 ? "FAIL" : passed.length > 0 ? "pass" : "none";
    process.stdout.write(
      `${verdict} ${outcome.tool.name} ${outcome.version} ${scheme}: ${passed.join(" ")}\n`,
    );
    for (const { step, failure } of failed) process.stdout.write(`       ${step}: ${failure}\n`);
  }
}

async function main(names: readonly string[]): Promise<void> {
  for (const name of names)
    if (!TOOLS.some((tool) => tool.name === name)) throw new Error(`no tool is called ${name}`);
  const bench = await ToolBench.start();
  const outcomes: ToolOutcome[] = [];
  try {
    const asked = TOOLS.filter(({ name }) => names.length === 0 || names.includes(name));
    await bench.runAll(asked, (outcome) => {
      printOutcome(outcome);
      outcomes.push(outcome);
    });
  } finally {
    await bench.close();
  }
  if (!writeToolReport(outcomes)) process.exitCode = 1;
  const cells = outcomes.flatMap((outcome) => ("cells" in outcome ? outcome.cells : []));
  const count = (of: (cell: (typeof cells)[number]) => number): number =>
    cells.reduce((sum, cell) => sum + of(cell), 0);
  const passed = count((cell) => cell.passed.length);
  const failed = count((cell) => cell.failed.length);
  if (passed === 0 || failed > 0) process.exitCode = 1;
  const skipped = outcomes.filter((outcome) => "missing" in outcome).length;
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
}

await main(process.argv.slice(2));
