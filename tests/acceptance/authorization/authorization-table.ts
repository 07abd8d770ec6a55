import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

/** One right of AWS's Service Authorization Reference, and what it is needed on. */
export interface Right {
  readonly action: string;
  readonly on: "account" | "bucket" | "new" | "object" | "source";
}

/** An operation, or a way of using it that needs other rights, and the rights it needs. */
export interface Case {
  readonly name: string;
  readonly needs: readonly Right[];
}

type Verdict = "allowed" | "denied";

/** What the server answered in one case. */
export interface Outcome {
  readonly name: string;
  /** To the user who may only read `reports/*`. */
  readonly reader: Verdict;
  /** To a user with exactly the rights needed. */
  readonly exactly: Verdict;
  /** The same without one of them, by that one. */
  readonly without: Readonly<Record<string, Verdict>>;
}

export function readCases(): readonly Case[] {
  const parsed: unknown = JSON.parse(readFileSync(new URL("cases.json", import.meta.url), "utf8"));
  assert.ok(Array.isArray(parsed));
  return parsed;
}

export function parseOutcomes(printed: string): readonly Outcome[] {
  return printed
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Outcome => JSON.parse(line));
}

const nameOf = ({ action, on }: Right): string => `${action} on ${on}`;

/** Reading objects below `reports/` is all that the second user may, and `object` is one of them. */
export function readerMay({ needs }: Case): boolean {
  return needs.every(({ action, on }) => action === "s3:GetObject" && on === "object");
}

/** What AWS's reference says should have come out. */
export function expectedOutcome(of: Case): Outcome {
  return {
    name: of.name,
    reader: readerMay(of) ? "allowed" : "denied",
    exactly: "allowed",
    without: Object.fromEntries(of.needs.map((right) => [nameOf(right), "denied"])),
  };
}

/** `docs/compatibility/s3-authorization.md`. */
export function printTable(cases: readonly Case[], outcomes: ReadonlyMap<string, Outcome>): string {
  const rows = cases.map((of) => {
    const outcome = outcomes.get(of.name);
    const isAsExpected = isDeepStrictEqual(outcome, expectedOutcome(of));
    return `| ${of.name} | ${of.needs.map((right) => `\`${right.action}\` on ${right.on}`).join(", ")} | ${outcome?.reader ?? "not tried"} | ${isAsExpected ? "yes" : "**no**"} |`;
  });
  return [
    "# Who may call which operation of S3",
    "",
    "Printed by `tests/acceptance/authorization.suite.ts`, which tries every row with boto3: as a user who may only",
    "`s3:GetObject` on `reports/*` of the bucket, then as a user with exactly the rights of the row (all of them: allowed;",
    "each one missing: denied). The rights are those of AWS's Service Authorization Reference and of S3's API reference.",
    "`object` is below `reports/`; `source` is what a copy reads; `new` is a bucket that is made or removed.",
    "",
    "| operation | rights | the reader | exactly these rights |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}
