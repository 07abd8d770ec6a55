import { createHash } from "node:crypto";
import type { AuditKeys } from "./audit-keys.ts";
import {
  type DigestedRange,
  hashOfDigest,
  isSignatureGood,
  parseSignedDigest,
  printSignedDigest,
  type SignedDigest,
} from "./digest.ts";
import { type Finding, judgeWriter, type WriterSegment } from "./judge-writer.ts";
import { digestName, findFile, listDigests, listSegments } from "./trail-folder.ts";

export interface Verification {
  readonly findings: readonly Finding[];
  /** What is no proof of tampering and worth knowing: ends that a writer left when it died. */
  readonly notes: readonly Finding[];
  readonly records: number;
  readonly segments: number;
  readonly digests: number;
  readonly witnessed: number;
}

/**
 * Looks at every byte of a trail, against its chains, its signed digests and, where given, digests that somebody kept
 * elsewhere. Works while it is written: digests are read first, and files only grow.
 */
export async function verifyTrail(
  folder: string,
  keys: AuditKeys,
  witness: readonly SignedDigest[] = [],
): Promise<Verification> {
  const findings: Finding[] = [];
  const digests = await readDigests(folder, keys, findings);
  judgeWitness(witness, digests, keys, findings);
  const statements = new Map<string, DigestedRange[]>();
  const retired = new Map<string, number | null>();
  for (const { digest } of [...digests.values(), ...witness]) {
    for (const range of digest.logFiles) {
      const known = statements.get(range.s3Object) ?? [];
      known.push(range);
      statements.set(range.s3Object, known);
    }
    for (const { s3Object, lastRecord } of digest.retiredLogFiles) retired.set(s3Object, lastRecord);
  }
  const notes: Finding[] = [];
  let records = 0;
  let segments = 0;
  const byWriter = Map.groupBy(await listSegments(folder), ({ writerId }) => writerId);
  const present = new Set<string>();
  for (const [writerId, names] of byWriter) {
    const files: WriterSegment[] = [];
    for (const { name, number } of names) {
      const bytes = await findFile(folder, name);
      if (bytes === null) continue;
      present.add(name);
      segments += 1;
      judgeRanges(name, bytes, statements.get(name) ?? [], findings);
      const coveredTo = Math.max(0, ...(statements.get(name) ?? []).map(({ toByte }) => toByte));
      files.push({ name, number, bytes, coveredTo });
    }
    records += judgeWriter({ writerId, files, keys, retired }, findings, notes);
  }
  for (const [name, ranges] of statements) {
    if (present.has(name) || retired.has(name)) continue;
    findings.push({ kind: "dropped", segment: name, ...span(ranges), text: "the whole segment is missing" });
  }
  return { findings, notes, records, segments, digests: digests.size, witnessed: witness.length };
}

function span(ranges: readonly DigestedRange[]): { first: number | null; last: number | null } {
  const firsts = ranges.flatMap(({ firstRecord }) => (firstRecord === null ? [] : [firstRecord]));
  const lasts = ranges.flatMap(({ lastRecord }) => (lastRecord === null ? [] : [lastRecord]));
  return {
    first: firsts.length === 0 ? null : Math.min(...firsts),
    last: lasts.length === 0 ? null : Math.max(...lasts),
  };
}

/** What was signed must still be there, byte for byte. */
function judgeRanges(
  name: string,
  bytes: Buffer,
  ranges: readonly DigestedRange[],
  findings: Finding[],
): void {
  for (const range of ranges) {
    const { fromByte, toByte, firstRecord: first, lastRecord: last } = range;
    if (bytes.length < toByte) {
      const text = `the segment has ${bytes.length} bytes where a signed digest saw ${toByte}`;
      findings.push({ kind: "truncated", segment: name, first, last, text });
      continue;
    }
    const hash = createHash("sha256").update(bytes.subarray(fromByte, toByte)).digest("hex");
    if (hash === range.hashValue) continue;
    const text = `bytes ${fromByte} to ${toByte} are not those that were signed`;
    findings.push({ kind: "changed", segment: name, first, last, text });
  }
}

async function readDigests(
  folder: string,
  keys: AuditKeys,
  findings: Finding[],
): Promise<ReadonlyMap<number, SignedDigest>> {
  const digests = new Map<number, SignedDigest>();
  let previous: { number: number; hash: string; signature: string } | null = null;
  const complain = (number: number, kind: Finding["kind"], text: string): void => {
    findings.push({ kind, segment: digestName(number), first: null, last: null, text });
  };
  for (const number of await listDigests(folder)) {
    const expected: number = (previous?.number ?? 0) + 1;
    for (let missing = expected; missing < number; missing++) {
      complain(missing, "dropped", "the digest is missing");
    }
    const content = (await findFile(folder, digestName(number)))?.toString("utf8") ?? "";
    const [text = "", signature = ""] = content.split("\n");
    try {
      const signed = parseSignedDigest(number, content);
      if (content !== printSignedDigest(signed))
        complain(number, "changed", "the digest's file was cut or lengthened");
      else if (!isSignatureGood(keys, signed))
        complain(number, "changed", "the digest's signature does not hold");
      else digests.set(number, signed);
      const { previousDigestHashValue, previousDigestSignature } = signed.digest;
      const follows =
        previousDigestHashValue === (previous?.hash ?? null) &&
        previousDigestSignature === (previous?.signature ?? null);
      if (!follows && number === expected) {
        complain(number - 1, "changed", `digest ${number} follows another digest than this one`);
      }
    } catch {
      complain(number, "changed", "the digest cannot be read");
    }
    previous = { number, hash: hashOfDigest({ text }), signature };
  }
  return digests;
}

/** What somebody kept elsewhere must be part of what is here. */
function judgeWitness(
  witness: readonly SignedDigest[],
  digests: ReadonlyMap<number, SignedDigest>,
  keys: AuditKeys,
  findings: Finding[],
): void {
  for (const seen of witness) {
    const segment = digestName(seen.number);
    const at = { segment, first: null, last: null };
    if (!isSignatureGood(keys, seen)) {
      findings.push({
        kind: "witness",
        ...at,
        text: "the witness's copy has no good signature of this trail",
      });
    }
    const here = digests.get(seen.number);
    if (here === undefined) {
      findings.push({ kind: "dropped", ...at, text: "the witness saw a digest that is not here" });
    } else if (here.text !== seen.text) {
      findings.push({ kind: "changed", ...at, text: "the witness saw another digest under this number" });
    }
  }
}
