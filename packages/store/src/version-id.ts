import { randomBytes } from "node:crypto";
import { VERSION_TAIL_BYTES } from "./record-keys.ts";

/**
 * A version's (or upload's) identity: `order`, microseconds that only grow along one object key, and `uid`, 16 random
 * bytes that its data keys are bound to. Public ids are base64url of `order ‖ uid`: 32 characters.
 */
export interface VersionTail {
  readonly order: number;
  /** 32 hexadecimal digits. */
  readonly uid: string;
}

export const NULL_VERSION_ID = "null";
const ID = /^[A-Za-z0-9_-]{32}$/;

export const newUid = (): string => randomBytes(16).toString("hex");

let lastOrder = 0;

/** An order that is later than `after` and than every other given out by this process. */
export function nextOrder(nowMs: number, after: number): number {
  lastOrder = Math.max(nowMs * 1000, lastOrder + 1, after + 1);
  return lastOrder;
}

export function encodeTail(tail: VersionTail): Buffer {
  const bytes = Buffer.alloc(VERSION_TAIL_BYTES);
  bytes.writeBigUInt64BE(BigInt(tail.order));
  bytes.write(tail.uid, 8, "hex");
  return bytes;
}

export function decodeTail(bytes: Buffer): VersionTail {
  return { order: Number(bytes.readBigUInt64BE(0)), uid: bytes.toString("hex", 8, VERSION_TAIL_BYTES) };
}

export const printId = (tail: VersionTail): string => encodeTail(tail).toString("base64url");

/** null when `id` was not made by `printId`. */
export function parseId(id: string): VersionTail | null {
  if (!ID.test(id)) return null;
  const bytes = Buffer.from(id, "base64url");
  return bytes.readUInt32BE(0) > 0x1fffff ? null : decodeTail(bytes);
}
