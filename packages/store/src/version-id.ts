import { hash, randomBytes } from "node:crypto";
import { ORDER_BYTES, UID_BYTES, VERSION_TAIL_BYTES } from "./record-keys.ts";

/**
 * A version's (or upload's) identity: `order`, microseconds that only grow along one object key, and `uid`, 14 random
 * bytes that its data keys are bound to.
 *
 * The public id is 32 letters, digits, dots and underscores: base64 of `order ‖ uid ‖ check`, where `check` is the
 * first three bytes of SHA-256 of the rest. A mistyped id is thus told from one whose version is gone.
 */
export interface VersionTail {
  readonly order: number;
  /** 28 hexadecimal digits. */
  readonly uid: string;
}

export const NULL_VERSION_ID = "null";
const ID = /^[A-Za-z0-9._]{32}$/;
const CHECK_BYTES = 3;

export const newUid = (): string => randomBytes(UID_BYTES).toString("hex");

let lastOrder = 0;

/** An order that is later than `after` and than every other given out by this process. */
export function nextOrder(nowMs: number, after: number): number {
  lastOrder = Math.max(nowMs * 1000, lastOrder + 1, after + 1);
  return lastOrder;
}

export function encodeTail({ order, uid }: VersionTail): Buffer {
  const bytes = Buffer.alloc(1 + VERSION_TAIL_BYTES);
  bytes.writeBigUInt64BE(BigInt(order));
  bytes.write(uid, 1 + ORDER_BYTES, "hex");
  return bytes.subarray(1);
}

export function decodeTail(bytes: Buffer): VersionTail {
  const order = bytes.readUIntBE(0, 1) * 2 ** 48 + bytes.readUIntBE(1, 6);
  return { order, uid: bytes.toString("hex", ORDER_BYTES, VERSION_TAIL_BYTES) };
}

export function printId(tail: VersionTail): string {
  const bytes = encodeTail(tail);
  return Buffer.concat([bytes, checkOf(bytes)])
    .toString("base64url")
    .replaceAll("-", ".");
}

/** null when `id` was not made by `printId`. */
export function parseId(id: string): VersionTail | null {
  if (!ID.test(id)) return null;
  const bytes = Buffer.from(id.replaceAll(".", "-"), "base64url");
  const tail = bytes.subarray(0, VERSION_TAIL_BYTES);
  if (!checkOf(tail).equals(bytes.subarray(VERSION_TAIL_BYTES))) return null;
  const decoded = decodeTail(tail);
  return Number.isSafeInteger(decoded.order) ? decoded : null;
}

const checkOf = (bytes: Buffer): Buffer => hash("sha256", bytes, "buffer").subarray(0, CHECK_BYTES);
