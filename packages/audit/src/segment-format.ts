import { createCipheriv, createDecipheriv, createHash, type KeyObject } from "node:crypto";
import { AuditError, malformed } from "./audit-error.ts";

/** docs/format/audit-trail.md §3: a segment is a header and then records, each one frame. */
const MAGIC = Buffer.from("SRTRAIL1", "latin1");
export const WRITER_ID_SIZE_BYTES = 16;
export const HASH_SIZE_BYTES = 32;
export const HEADER_SIZE_BYTES = 76;
/** Begins each frame, so that a reader finds the next one behind a damaged one. */
const MARKER = Buffer.from("SREC", "latin1");
export const FRAME_HEAD_SIZE_BYTES = 56;
const TAG_SIZE_BYTES = 16;
const TAG_OPTIONS = { authTagLength: TAG_SIZE_BYTES } as const;
/** An event of 256 KiB, and room. */
const BODY_LIMIT_BYTES = 512 * 1024;
export const NO_HASH: Buffer = Buffer.alloc(HASH_SIZE_BYTES);

export interface SegmentHeader {
  /** 32 hexadecimal digits: one life of one process. */
  readonly writerId: string;
  /** From 0, without gaps. */
  readonly number: number;
  /** Number of its first record, counted over all segments of the writer. */
  readonly firstRecord: number;
  readonly createdMs: number;
  /** Hash of the record before the first; zeros when there is none. */
  readonly previousHash: Buffer;
}

export function encodeHeader(header: SegmentHeader): Buffer {
  const out = Buffer.alloc(HEADER_SIZE_BYTES);
  MAGIC.copy(out, 0);
  Buffer.from(header.writerId, "hex").copy(out, 8);
  out.writeUInt32BE(header.number, 24);
  out.writeBigUInt64BE(BigInt(header.firstRecord), 28);
  out.writeBigUInt64BE(BigInt(header.createdMs), 36);
  header.previousHash.copy(out, 44);
  return out;
}

/** Throws Malformed. */
export function decodeHeader(bytes: Buffer): SegmentHeader {
  if (bytes.length < HEADER_SIZE_BYTES) throw malformed("a segment ends within its header");
  if (!bytes.subarray(0, 8).equals(MAGIC)) throw malformed("not a segment of this format");
  return {
    writerId: bytes.toString("hex", 8, 24),
    number: bytes.readUInt32BE(24),
    firstRecord: readCount(bytes, 28),
    createdMs: readCount(bytes, 36),
    previousHash: Buffer.from(bytes.subarray(44, HEADER_SIZE_BYTES)),
  };
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** What stands in front of a sealed record, in the clear and authenticated. */
export interface FrameHead {
  readonly record: number;
  readonly timeMs: number;
  /** Hash of the frame before; of the header for the first. */
  readonly previousHash: Buffer;
  /** Of the whole frame. */
  readonly sizeBytes: number;
}

export function sealFrame(key: KeyObject, head: Omit<FrameHead, "sizeBytes">, plaintext: Uint8Array): Buffer {
  const bodySizeBytes = plaintext.length + TAG_SIZE_BYTES;
  if (bodySizeBytes > BODY_LIMIT_BYTES) throw new AuditError("Malformed", "bug", "a record is too large");
  const frame = Buffer.allocUnsafe(FRAME_HEAD_SIZE_BYTES + bodySizeBytes);
  MARKER.copy(frame, 0);
  frame.writeUInt32BE(bodySizeBytes, 4);
  frame.writeBigUInt64BE(BigInt(head.record), 8);
  frame.writeBigUInt64BE(BigInt(head.timeMs), 16);
  head.previousHash.copy(frame, 24);
  const cipher = createCipheriv("aes-256-gcm", key, nonceOf(frame), TAG_OPTIONS);
  cipher.setAAD(frame.subarray(0, FRAME_HEAD_SIZE_BYTES));
  cipher.update(plaintext).copy(frame, FRAME_HEAD_SIZE_BYTES);
  cipher.final();
  cipher.getAuthTag().copy(frame, FRAME_HEAD_SIZE_BYTES + plaintext.length);
  return frame;
}

/** null: what begins there is no whole frame. Says nothing about whether it is authentic. */
export function readFrameHead(bytes: Buffer, offset: number): FrameHead | null {
  if (offset + FRAME_HEAD_SIZE_BYTES > bytes.length) return null;
  if (bytes.compare(MARKER, 0, MARKER.length, offset, offset + MARKER.length) !== 0) return null;
  const bodySizeBytes = bytes.readUInt32BE(offset + 4);
  const sizeBytes = FRAME_HEAD_SIZE_BYTES + bodySizeBytes;
  if (bodySizeBytes < TAG_SIZE_BYTES || bodySizeBytes > BODY_LIMIT_BYTES) return null;
  if (offset + sizeBytes > bytes.length) return null;
  const record = bytes.readBigUInt64BE(offset + 8);
  const timeMs = bytes.readBigUInt64BE(offset + 16);
  if (record > MAX_COUNT || timeMs > MAX_COUNT) return null;
  return {
    record: Number(record),
    timeMs: Number(timeMs),
    previousHash: Buffer.from(bytes.subarray(offset + 24, offset + FRAME_HEAD_SIZE_BYTES)),
    sizeBytes,
  };
}

/** null: changed, or sealed for another segment. */
export function openFrame(key: KeyObject, frame: Buffer): Buffer | null {
  const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(frame), TAG_OPTIONS);
  decipher.setAAD(frame.subarray(0, FRAME_HEAD_SIZE_BYTES));
  decipher.setAuthTag(frame.subarray(-TAG_SIZE_BYTES));
  const plaintext = decipher.update(frame.subarray(FRAME_HEAD_SIZE_BYTES, -TAG_SIZE_BYTES));
  try {
    decipher.final();
    return plaintext;
  } catch {
    plaintext.fill(0);
    return null;
  }
}

/** Where the next frame may begin at or after `offset`; null: nowhere. */
export function findMarker(bytes: Buffer, offset: number): number | null {
  const at = bytes.indexOf(MARKER, offset);
  return at < 0 ? null : at;
}

const MAX_COUNT = BigInt(Number.MAX_SAFE_INTEGER);

/** The record's number: unique under a segment's key, since one writer counts upward and never writes a number twice. */
function nonceOf(frame: Buffer): Buffer {
  const nonce = Buffer.alloc(12);
  frame.copy(nonce, 4, 8, 16);
  return nonce;
}

function readCount(bytes: Buffer, offset: number): number {
  const value = bytes.readBigUInt64BE(offset);
  if (value > MAX_COUNT) throw malformed("a number in a segment's header is out of range");
  return Number(value);
}
