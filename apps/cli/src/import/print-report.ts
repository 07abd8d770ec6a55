import type { ImportReport } from "./import-report.ts";

const INTERVAL_MS = 500;
const MIB = 1 << 20;
/** On a terminal or in a log; `--json` has them all. */
const MAX_PRINTED = 50;

/** Tells on standard error how far it is; returns what ends it. */
export function showProgress(report: ImportReport, isWanted: boolean): () => void {
  if (!isWanted) return () => {};
  const isTerminal = process.stderr.isTTY === true;
  const show = (): void => {
    const { objects, deleteMarkers, bytes, alreadyThere, failed } = report.totals();
    const seconds = (performance.now() - report.startedMs) / 1000;
    const line = `${objects} objects, ${deleteMarkers} delete markers, ${(bytes / MIB).toFixed(1)} MiB (${(bytes / MIB / seconds).toFixed(1)} MiB/s), ${alreadyThere} already there, ${failed} failed`;
    process.stderr.write(isTerminal ? `\r${line}\x1b[K` : `${line}\n`);
  };
  const timer = setInterval(show, isTerminal ? INTERVAL_MS : INTERVAL_MS * 10);
  return () => {
    clearInterval(timer);
    show();
    if (isTerminal) process.stderr.write("\n");
  };
}

export interface RunFacts {
  readonly source: string;
  readonly target: string;
  readonly isDryRun: boolean;
}

/** One object, for programs. */
export function printJsonSummary(report: ImportReport, { source, target, isDryRun }: RunFacts): string {
  const buckets = [...report.buckets].map(([bucket, counts]) => ({ bucket, ...counts }));
  const { failures, differingEtags } = report;
  const seconds = Number(((performance.now() - report.startedMs) / 1000).toFixed(3));
  return `${JSON.stringify({ source, target, isDryRun, seconds, totals: report.totals(), buckets, failures, differingEtags }, null, 2)}\n`;
}

/** Lines for people. */
export function printSummary(report: ImportReport, { isDryRun }: RunFacts): string {
  const verb = isDryRun ? "would copy" : "copied";
  const lines = [...report.buckets].map(([bucket, counts]) => {
    const { target, objects, deleteMarkers, bytes, alreadyThere, failed, etagsDiffer, settings } = counts;
    const place = bucket === target ? bucket : `${bucket} -> ${target}`;
    const brought = settings.length === 0 ? "" : `, settings: ${settings.join(", ")}`;
    const etags = etagsDiffer === 0 ? "" : `, ${etagsDiffer} with another ETag`;
    return `${place}: ${verb} ${objects} objects and ${deleteMarkers} delete markers, ${(bytes / MIB).toFixed(1)} MiB; ${alreadyThere} already there, ${failed} failed${etags}${brought}`;
  });
  const named = [
    ...report.failures.map(
      ({ bucket, objectKey, versionId, code, message }) =>
        `failed: ${printName(bucket, objectKey, versionId)}: ${code}: ${message}`,
    ),
    ...report.differingEtags.map(
      ({ bucket, objectKey, sourceEtag, targetEtag }) =>
        `other ETag: ${printName(bucket, objectKey, null)}: ${sourceEtag} became ${targetEtag}`,
    ),
  ];
  const more =
    named.length > MAX_PRINTED ? [`… and ${named.length - MAX_PRINTED} more: --json lists them`] : [];
  return `${[...lines, ...named.slice(0, MAX_PRINTED), ...more].map(printable).join("\n")}\n`;
}

function printName(bucket: string, objectKey: string | null, versionId: string | null): string {
  const name = objectKey === null ? bucket : `${bucket}/${objectKey}`;
  return versionId === null ? name : `${name} (version ${versionId})`;
}

/** Control characters of a key, or of what a foreign store says of it, would play with the terminal. */
function printable(line: string): string {
  return line.replace(
    /[\x00-\x1f\x7f-\x9f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
