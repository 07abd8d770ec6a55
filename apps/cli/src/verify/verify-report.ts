import type { Finding, VerifyProgress, VerifyTally } from "@strongroom/server";

const MIB = 1024 * 1024;

/** A pass as `--json` prints it. */
export function reportOf(progress: VerifyProgress) {
  const { startedMs, finishedMs, index, counts, findings, found } = progress;
  return {
    ok: found === 0,
    startedAt: new Date(startedMs).toISOString(),
    finishedAt: finishedMs === null ? null : new Date(finishedMs).toISOString(),
    index,
    checked: counts.tallies,
    unavailableKeys: counts.unavailable,
    found,
    findings,
  };
}

/** A pass for people. Names are quoted: an object's key may hold any character. */
export function printReport({ index, counts, findings, found, finishedMs }: VerifyProgress): string {
  const lines: string[] = [];
  if (index !== null) {
    const { records, leaves, branches } = index;
    lines.push(`index: ${records} records in ${leaves + branches} pages`);
  }
  for (const tally of counts.tallies) lines.push(printTally(tally));
  for (const { key, reason, bodies } of counts.unavailable) {
    const why = reason === key ? "which the server does not keep" : `which is not to be had (${reason})`;
    lines.push(`note: ${bodies} bodies hang on a key ${why}${reason === key ? "" : `: ${key}`}`);
  }
  for (const finding of findings) lines.push(printFinding(finding));
  if (found > findings.length) lines.push(`and ${found - findings.length} more`);
  const end = finishedMs === null ? "so far" : "in all";
  lines.push(found === 0 ? `nothing is bad ${end}` : `BAD: ${found} ${end}`);
  return `${lines.join("\n")}\n`;
}

export function printProgress({ counts, found }: VerifyProgress, readBytes: number): string {
  const bodies = counts.tallies.reduce((sum, tally) => sum + tally.bodies, 0);
  return `verified ${bodies} bodies, read ${Math.floor(readBytes / MIB)} MiB, ${found} bad\n`;
}

/** The index did not even open. */
export function printDamagedIndex(message: string, isJson: boolean): string {
  if (!isJson) return `BAD: the index does not open: ${message}\n`;
  return `${JSON.stringify({ ok: false, index: null, checked: [], found: 1, error: message })}\n`;
}

function printTally(tally: VerifyTally): string {
  const { bucket, scheme, versions, uploads, bodies, sealedBytes, opened, digest, form, bad } = tally;
  const depths = [
    [opened, "opened"],
    [digest, "by digest"],
    [form, "by size and form alone"],
  ].flatMap(([count, how]) => (count === 0 ? [] : [`${count} ${how}`]));
  const open = uploads === 0 ? "" : `, ${uploads} open uploads`;
  const how = depths.length === 0 ? "" : ` (${depths.join(", ")})`;
  return `${bucket} ${scheme}: ${versions} versions${open}, ${bodies} bodies${how}, ${sealedBytes} bytes, ${bad} bad`;
}

function printFinding(finding: Finding): string {
  const { problem, bucket, objectKey, versionId, uploadId, partNumber, scheme, key, detail } = finding;
  const words = [
    `bad: ${problem}: ${bucket === "" ? "the index" : JSON.stringify(`${bucket}/${objectKey}`)}`,
    versionId === null ? "" : `version ${versionId}`,
    uploadId === null ? "" : `upload ${uploadId}`,
    partNumber === null ? "" : `part ${partNumber}`,
    scheme === null ? "" : `(${scheme}${key === null ? "" : `, ${key}`})`,
  ];
  return `${words.filter((word) => word !== "").join(" ")}: ${detail}`;
}
