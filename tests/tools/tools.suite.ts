import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readPassed } from "../conformance/compatibility-report.ts";
import { Tally } from "../harness/tally.ts";
import { TOOLS } from "./all-tools.ts";
import { SCHEMES } from "./tool.ts";
import { ToolBench, type ToolOutcome } from "./tool-matrix.ts";
import { passedIn, REPORT_NAME } from "./tool-report.ts";

/** `STRONGROOM_TOOLS=all`: also those that take minutes to build. */
const isWhole = process.env["STRONGROOM_TOOLS"] === "all";
const CHOSEN = TOOLS.filter(({ isQuick }) => isQuick || isWhole);

describe("tools, unmodified, under every way to be encrypted by the server", () => {
  let bench: ToolBench;
  const tally = new Tally();
  const passedBefore = readPassed(REPORT_NAME);
  const outcomes = new Map<string, ToolOutcome>();

  before(async () => {
    bench = await ToolBench.start();
    await bench.runAll(CHOSEN, (outcome) => outcomes.set(outcome.tool.name, outcome));
  });

  after(async () => {
    await bench.close();
    tally.conclude(console.log);
  });

  for (const tool of CHOSEN) {
    for (const scheme of SCHEMES) {
      test(`${tool.title}, ${scheme}`, (t) => {
        const outcome = outcomes.get(tool.name);
        assert.ok(outcome !== undefined);
        if ("missing" in outcome) return t.skip(outcome.missing);
        const cell = outcome.cells.find((one) => one.scheme === scheme);
        assert.ok(cell !== undefined);
        assert.deepEqual(cell.failed, []);
        const passed = passedIn([cell]);
        const mine = passedBefore.filter((name) => name.startsWith(`${tool.name} ${scheme}: `));
        const lost = mine.filter((name) => !passed.includes(name));
        assert.deepEqual(lost, [], "passed before");
        tally.add(`steps of ${tool.name}`, passed.length);
        if (passed.length === 0) t.skip(cell.lacked[0]?.reason ?? "has none of the steps");
      });
    }
  }
});
