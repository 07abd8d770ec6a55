import type { AuditKeys } from "./audit-keys.ts";
import { deriveSegmentKey } from "./audit-keys.ts";
import {
  decodeHeader,
  findMarker,
  HEADER_SIZE_BYTES,
  openFrame,
  readFrameHead,
  type SegmentHeader,
  sha256,
} from "./segment-format.ts";

/** A record that opened: it is what its writer wrote. */
export interface ReadRecord {
  readonly kind: "record";
  readonly record: number;
  readonly timeMs: number;
  readonly previousHash: Buffer;
  readonly hash: Buffer;
  readonly plaintext: Buffer;
  readonly offset: number;
}

/** Bytes that are no authentic record, up to the next one or the end. */
export interface DamagedBytes {
  readonly kind: "damaged";
  readonly offset: number;
  readonly sizeBytes: number;
  /** They reach to the file's end and are less than a record: a writer that died in the middle of one leaves such. */
  readonly isPartialTail: boolean;
}

export interface ReadSegment {
  readonly header: SegmentHeader;
  readonly headerHash: Buffer;
  readonly items: readonly (ReadRecord | DamagedBytes)[];
}

/** Everything of one segment, past damage too. Throws Malformed when it has no header. */
export function readSegment(keys: AuditKeys, bytes: Buffer): ReadSegment {
  const header = decodeHeader(bytes);
  const headerHash = sha256(bytes.subarray(0, HEADER_SIZE_BYTES));
  const key = deriveSegmentKey(keys.sealing, headerHash);
  const items: (ReadRecord | DamagedBytes)[] = [];
  let damagedFrom: number | null = null;
  let offset = HEADER_SIZE_BYTES;
  const endDamage = (to: number): void => {
    if (damagedFrom === null) return;
    const isPartialTail = to === bytes.length && isStartOfFrame(bytes, damagedFrom);
    items.push({ kind: "damaged", offset: damagedFrom, sizeBytes: to - damagedFrom, isPartialTail });
    damagedFrom = null;
  };
  while (offset < bytes.length) {
    const head = readFrameHead(bytes, offset);
    const frame = head === null ? null : bytes.subarray(offset, offset + head.sizeBytes);
    const plaintext = frame === null ? null : openFrame(key, frame);
    if (head !== null && frame !== null && plaintext !== null) {
      endDamage(offset);
      const { record, timeMs, previousHash } = head;
      items.push({ kind: "record", record, timeMs, previousHash, hash: sha256(frame), plaintext, offset });
      offset += head.sizeBytes;
      continue;
    }
    damagedFrom ??= offset;
    offset = findMarker(bytes, offset + 1) ?? bytes.length;
  }
  endDamage(bytes.length);
  return { header, headerHash, items };
}

/** Whether from there to the end there is less than what its own length says. */
function isStartOfFrame(bytes: Buffer, offset: number): boolean {
  const rest = bytes.length - offset;
  if (findMarker(bytes, offset + 1) !== null) return false;
  if (rest < 8)
    return bytes.toString("latin1", offset, Math.min(offset + 4, bytes.length)) === "SREC".slice(0, rest);
  return bytes.toString("latin1", offset, offset + 4) === "SREC" && readFrameHead(bytes, offset) === null;
}
