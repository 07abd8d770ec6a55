import type { JobReport, JobView } from "@strongroom/server";

/** On a terminal or in a log; `--json` has them all. */
const MAX_PRINTED = 50;

/** One line: what it is about and how far it is. */
export function printJob(view: JobView): string {
  return `${view.id}  ${view.createdAt}  ${describeState(view)}  ${describeTask(view)}\n`;
}

/** One line for whoever watches. */
export function printProgress(view: JobView): string {
  return `${view.id}: ${describeState(view)}\n`;
}

/** Everything, with what was left. */
export function printReport(report: JobReport): string {
  const { left, unnamed, reason, lastFailure } = report;
  const lines = [`${report.id}: ${describeTask(report)}`, `  ${describeState(report)}`];
  if (reason !== null) lines.push(`  ended because of ${reason}`);
  for (const [code, count] of Object.entries(report.skippedBy)) {
    lines.push(`  ${count} skipped: ${MEANINGS[code] ?? code}`);
  }
  for (const [code, count] of Object.entries(report.failedBy)) lines.push(`  ${count} failed: ${code}`);
  if (lastFailure !== null) lines.push(`  the last failure was ${lastFailure}`);
  for (const { objectKey, versionId, outcome, code } of left.slice(0, MAX_PRINTED)) {
    lines.push(`  ${outcome}: ${printable(objectKey)} (version ${versionId}): ${code}`);
  }
  if (left.length > MAX_PRINTED) {
    lines.push(`  … and ${left.length - MAX_PRINTED} more: --json lists them`);
  }
  if (unnamed > 0) lines.push(`  … and ${unnamed} that the report does not name`);
  return `${lines.join("\n")}\n`;
}

const MEANINGS: Readonly<Record<string, string>> = {
  AlreadyAsAsked: "were so already",
  ChangedMeanwhile: "were replaced or removed meanwhile",
  UnderCustomerKey: "are under customers' keys (SSE-C): copy them to change that",
  InTwoLayers: "are under DSSE-KMS: copy them to change that",
  ObjectLocked: "are protected by Object Lock",
};

function describeTask({ bucket, match, target }: JobView): string {
  const { prefix, scheme, kmsKeyArn, createdBefore, versions } = match;
  const conditions = [
    prefix === "" ? "" : ` under ${JSON.stringify(prefix)}`,
    scheme === null ? "" : ` encrypted with ${scheme}`,
    kmsKeyArn === null ? "" : ` under ${kmsKeyArn}`,
    createdBefore === null ? "" : ` from before ${createdBefore}`,
  ];
  const bucketKey = target.bucketKey ? " with a bucket key" : "";
  const key = target.kmsKeyArn === null ? "" : ` ${target.kmsKeyArn}${bucketKey}`;
  return `re-encrypt ${versions} versions of ${bucket}${conditions.join("")} to ${target.scheme}${key}`;
}

function describeState({ state, total, done, skipped, failed, finishedAt, isLeased }: JobView): string {
  const looked = done + skipped + failed;
  const counts = `${done} done, ${skipped} skipped, ${failed} failed`;
  if (finishedAt !== null) return `${state} at ${finishedAt}: ${counts}`;
  const now = state === "active" && !isLeased ? "waiting" : state;
  if (total === null) return `${now}: what matches is being counted`;
  const percent = total === 0 ? 100 : Math.min(100, Math.floor((looked * 100) / total));
  return `${now}: ${looked} of ${total} (${percent}%): ${counts}`;
}

/** Control characters of a key would play with the terminal. */
function printable(name: string): string {
  return name.replace(
    /[\x00-\x1f\x7f-\x9f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
