import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { WireClient } from "../harness/wire-client.ts";
import { assertSeen, assertStored, listStored } from "./stored-objects.ts";
import { type Job, RANGE, type ReadyTool, type Scheme, STEPS, type Step, type Tool } from "./tool.ts";

/** What became of one tool under one scheme. */
export interface Cell {
  readonly tool: string;
  readonly scheme: Scheme;
  readonly passed: readonly Step[];
  readonly failed: readonly { readonly step: Step; readonly failure: string }[];
  /** Steps that the tool does not have, and why. */
  readonly lacked: readonly { readonly step: Step; readonly reason: string }[];
}

/** Runs the tool and looks at everything that it stored and read. */
export async function runCell(
  tool: Tool,
  ready: ReadyTool,
  job: Omit<Job, "done">,
  client: WireClient,
): Promise<Cell> {
  const lacked = STEPS.flatMap((step) => {
    const reason = tool.lacks(job.scheme, step);
    return reason === null ? [] : [{ step, reason }];
  });
  const wanted = STEPS.filter((step) => tool.lacks(job.scheme, step) === null);
  const cell = { tool: tool.name, scheme: job.scheme, lacked };
  if (wanted.length === 0) return { ...cell, passed: [], failed: [] };

  const done = new Map<Step, string | undefined>();
  const whole: Job = { ...job, done: (step, seen) => void done.set(step, seen) };
  let ending: string | null = null;
  try {
    await ready.run(whole);
  } catch (error) {
    ending = textOf(error);
  }
  const failed: { step: Step; failure: string }[] = [];
  for (const step of wanted) {
    const failure = done.has(step)
      ? await failureOf(tool, whole, client, step, done.get(step))
      : (ending ?? "was not done");
    if (failure !== null) failed.push({ step, failure });
    // What comes after the step that ended the tool was not reached.
    if (!done.has(step) && ending !== null) ending = `not reached after ${step}`;
  }
  const isFailed = new Set(failed.map(({ step }) => step));
  return { ...cell, passed: wanted.filter((step) => !isFailed.has(step)), failed };
}

async function failureOf(
  tool: Tool,
  job: Job,
  client: WireClient,
  step: Step,
  seen: string | undefined,
): Promise<string | null> {
  try {
    if (step === "head" && seen !== undefined) assertSeen(job, seen);
    if (step === "range")
      assertBytes(job, step, readFileSync(job.small).subarray(RANGE.first, RANGE.last + 1));
    if (step === "get") assertBytes(job, step, readFileSync(job.small));
    if (step === "parts") assertBytes(job, step, readFileSync(job.large));
    if (step in STORED_AS) await assertStoredBy(tool, job, client, step);
    return null;
  } catch (error) {
    return textOf(error);
  }
}

const STORED_AS: Partial<Record<Step, string>> = { put: "object", copy: "copy", parts: "parts" };

/** A tool may store many objects for one step; each has to be as it was asked for. */
async function assertStoredBy(tool: Tool, job: Job, client: WireClient, step: Step): Promise<void> {
  const prefix = `${job.prefix}${STORED_AS[step]}`;
  const keys = (await listStored(client, job)).filter((key) => key.startsWith(prefix));
  assert.notEqual(keys.length, 0, `nothing is stored below ${prefix}`);
  let inParts = 0;
  for (const key of keys) if (await assertStored(client, tool, job, key)) inParts++;
  if (step === "parts") assert.notEqual(inParts, 0, "nothing was uploaded in parts");
}

function assertBytes(job: Job, name: string, expected: Buffer): void {
  const found = readFileSync(join(job.folder, name));
  assert.ok(found.equals(expected), `other bytes: ${found.length} of ${expected.length}`);
}

const textOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ").slice(0, 1_500);
