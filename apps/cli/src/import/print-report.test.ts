import assert from "node:assert/strict";
import { test } from "node:test";
import { ImportReport } from "./import-report.ts";
import { printSummary } from "./print-report.ts";

test("what a foreign store calls things and says plays with no terminal", () => {
  const report = new ImportReport();
  report.begin("b", "b");
  const hostile = "\x1b]0;title\x07\x9b2J\r\nfailed: nothing";
  report.fail("b", { objectKey: hostile, versionId: hostile }, new Error(hostile));
  report.fail("b", null, Object.assign(new Error("x"), { name: hostile, code: hostile }));
  report.compareEtags("b", hostile, hostile, "other");
  const printed = printSummary(report, { source: "s", target: "t", isDryRun: false });
  assert.doesNotMatch(printed, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  assert.equal(printed.trimEnd().split("\n").length, 4);
});
