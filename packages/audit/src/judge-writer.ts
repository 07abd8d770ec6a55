import type { AuditKeys } from "./audit-keys.ts";
import { NO_HASH } from "./segment-format.ts";
import { type ReadRecord, type ReadSegment, readSegment } from "./segment-reader.ts";
import { segmentName } from "./trail-folder.ts";

/** What is wrong, and with which records: `first` to `last`, by their writer's numbers. */
export interface Finding {
  readonly kind:
    | "changed"
    | "dropped"
    | "reordered"
    | "repeated"
    | "truncated"
    | "witness"
    | "unconfirmed"
    | "partial";
  /** File name of the segment or digest. */
  readonly segment: string;
  /** null: not known, or none. */
  readonly first: number | null;
  readonly last: number | null;
  readonly text: string;
}

export interface WriterSegment {
  readonly name: string;
  readonly number: number;
  readonly bytes: Buffer;
  /** What signed digests speak of, from the file's beginning. */
  readonly coveredTo: number;
}

interface Writer {
  readonly writerId: string;
  /** In the order of their numbers. */
  readonly files: readonly WriterSegment[];
  readonly keys: AuditKeys;
  /** Removed segments and their last records. */
  readonly retired: ReadonlyMap<string, number | null>;
}

/** Where the chain stands: the next record's number and the hashes of those before it, by number. */
interface Chain {
  next: number;
  hashes: Map<number, Buffer>;
  /** The segment before is known whole; after one that is missing the chain begins anew. */
  isKnown: boolean;
}

/** Follows one writer through its segments. Gives how many records it found authentic. */
export function judgeWriter(writer: Writer, findings: Finding[], notes: Finding[]): number {
  const chain: Chain = { next: 0, hashes: new Map([[-1, NO_HASH]]), isKnown: true };
  let expected = 0;
  let records = 0;
  for (const [at, file] of writer.files.entries()) {
    for (; expected < file.number; expected++) passMissing(writer, expected, chain, findings);
    expected = file.number + 1;
    const isLast = at === writer.files.length - 1;
    let segment: ReadSegment;
    try {
      segment = readSegment(writer.keys, file.bytes);
    } catch {
      const isUnfinished = isLast && file.coveredTo === 0 && file.bytes.length < 76;
      const text = isUnfinished
        ? "its writer ended before its first record"
        : "the segment's header cannot be read";
      const kind = isUnfinished ? "partial" : "changed";
      (isUnfinished ? notes : findings).push({ kind, segment: file.name, first: null, last: null, text });
      chain.isKnown = false;
      continue;
    }
    records += judgeSegment(writer, file, segment, { chain, isLast, findings, notes });
  }
  return records;
}

function passMissing(writer: Writer, number: number, chain: Chain, findings: Finding[]): void {
  const name = segmentName(writer.writerId, number);
  chain.isKnown = false;
  if (writer.retired.has(name)) return;
  findings.push({
    kind: "dropped",
    segment: name,
    first: null,
    last: null,
    text: "the whole segment is missing",
  });
}

interface Judging {
  readonly chain: Chain;
  readonly isLast: boolean;
  readonly findings: Finding[];
  readonly notes: Finding[];
}

function judgeSegment(writer: Writer, file: WriterSegment, segment: ReadSegment, judging: Judging): number {
  const { chain, findings, notes } = judging;
  const { header, headerHash, items } = segment;
  const { name } = file;
  const isOwn = header.writerId === writer.writerId && header.number === file.number;
  if (!isOwn) {
    const text = "the segment's header is that of another";
    findings.push({ kind: "changed", segment: name, first: null, last: null, text });
  } else if (chain.isKnown) judgeJoint(name, segment, chain, findings, notes);
  const found = items.filter((item) => item.kind === "record");
  const damage = items.filter((item) => item.kind === "damaged");
  const start = header.firstRecord;
  judgeOrder(name, start, segment, findings);
  let before = headerHash;
  for (const record of found) {
    const isSuccessor = record.record === start ? before === headerHash : found.includes(record);
    if (isSuccessor && isNeighbour(segment, record) && !record.previousHash.equals(before)) {
      const text = "the record follows another one than what stands before it";
      findings.push({
        kind: "changed",
        segment: name,
        first: record.record - 1,
        last: record.record - 1,
        text,
      });
    }
    before = record.hash;
  }
  const highest = Math.max(start - 1, ...found.map(({ record }) => record));
  const tail = damage.at(-1);
  if (tail !== undefined && items.at(-1) === tail) {
    const isLeft = tail.isPartialTail && tail.offset >= file.coveredTo;
    const finding = { segment: name, first: highest + 1, last: null };
    if (isLeft)
      notes.push({
        kind: "partial",
        ...finding,
        text: "the writer ended within a record that it never answered",
      });
    else findings.push({ kind: "changed", ...finding, text: "records after the last good one do not open" });
  }
  chain.next = highest + 1;
  chain.hashes = new Map(found.map((record) => [record.record, record.hash]));
  if (found.length === 0) chain.hashes.set(start - 1, header.previousHash);
  chain.isKnown = isOwn;
  return found.length;
}

/** Whether nothing is missing or damaged between a record and the one before it in the file. */
function isNeighbour(segment: ReadSegment, record: ReadRecord): boolean {
  const at = segment.items.indexOf(record);
  const before = segment.items[at - 1];
  if (before === undefined) return record.record === segment.header.firstRecord;
  return before.kind === "record" && before.record === record.record - 1;
}

/** The segment must begin where the one before it ended. */
function judgeJoint(
  name: string,
  { header }: ReadSegment,
  chain: Chain,
  findings: Finding[],
  notes: Finding[],
): void {
  const { firstRecord, previousHash } = header;
  const before = chain.hashes.get(firstRecord - 1);
  if (firstRecord > chain.next) {
    const text = "the segment before was cut";
    findings.push({ kind: "truncated", segment: name, first: chain.next, last: firstRecord - 1, text });
  } else if (before !== undefined && !before.equals(previousHash)) {
    const at = { first: firstRecord - 1, last: firstRecord - 1 };
    findings.push({ kind: "changed", segment: name, ...at, text: "the segment follows another record" });
  } else if (firstRecord < chain.next) {
    const text = "written, and never answered: the write failed and the trail went on in another segment";
    notes.push({ kind: "unconfirmed", segment: name, first: firstRecord, last: chain.next - 1, text });
  }
}

/** Names what is out of order, what is there twice, and what is not there before the last that is. */
function judgeOrder(name: string, start: number, { items }: ReadSegment, findings: Finding[]): void {
  const seen = new Set(items.flatMap((item) => (item.kind === "record" ? [item.record] : [])));
  const met = new Set<number>();
  let next = start;
  let isDamaged = false;
  for (const item of items) {
    if (item.kind === "damaged") {
      isDamaged = true;
      continue;
    }
    const { record } = item;
    if (met.has(record)) {
      findings.push({
        kind: "repeated",
        segment: name,
        first: record,
        last: record,
        text: "the record is there twice",
      });
    } else if (record < next) {
      const text = "the record stands after later ones";
      findings.push({ kind: "reordered", segment: name, first: record, last: record, text });
    }
    for (const [first, last] of gaps(next, record, seen)) {
      const kind = isDamaged ? "changed" : "dropped";
      const text = isDamaged ? "the record does not open: its bytes were changed" : "the record is missing";
      findings.push({ kind, segment: name, first, last, text });
    }
    if (isDamaged && record <= next && !met.has(record)) {
      const text = "bytes that are no record stand before this one";
      findings.push({ kind: "changed", segment: name, first: record, last: record, text });
    }
    met.add(record);
    next = Math.max(next, record + 1);
    isDamaged = false;
  }
}

/** Runs of numbers from `from` up to, not including, `to` that are not in `seen`. */
function* gaps(from: number, to: number, seen: ReadonlySet<number>): Generator<readonly [number, number]> {
  let first: number | null = null;
  // Numbers past all that were seen are one run, however long it is.
  for (let number = from; number < to; number++) {
    if (seen.has(number)) {
      if (first !== null) yield [first, number - 1];
      first = null;
    } else first ??= number;
  }
  if (first !== null) yield [first, to - 1];
}
