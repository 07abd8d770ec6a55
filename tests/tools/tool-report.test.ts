import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readPassed, reportPath } from "../conformance/compatibility-report.ts";
import { TOOLS } from "./all-tools.ts";
import { SCHEMES, STEPS } from "./tool.ts";
import { passedIn, printTable, REPORT_NAME, readRows } from "./tool-report.ts";

const rows = readRows();

test("the committed report has a row of every tool, with every scheme and every step", () => {
  assert.deepEqual(
    rows.map(({ name }) => name),
    TOOLS.map(({ name }) => name),
  );
  for (const { name, cells } of rows) {
    assert.deepEqual(
      cells.map(({ scheme }) => scheme),
      SCHEMES,
      name,
    );
    for (const { scheme, passed, failed, lacked } of cells) {
      const steps = [...passed, ...failed.map(({ step }) => step), ...lacked.map(({ step }) => step)];
      assert.deepEqual(new Set(steps), new Set(STEPS), `${name} ${scheme}`);
    }
  }
});

test("the list of what passed, which may not shrink, is that of the rows", () => {
  const passed = readPassed(REPORT_NAME);
  assert.notEqual(passed.length, 0);
  assert.deepEqual(passed, passedIn(rows.flatMap(({ cells }) => cells)));
});

test("the table that is committed is the one that its report prints", () => {
  const table = readFileSync(reportPath(REPORT_NAME).replace(/json$/, "md"), "utf8");
  assert.equal(table, printTable(rows));
});
