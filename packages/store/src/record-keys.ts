import { endOfPrefix } from "./index/index-port.ts";

/**
 * Index keys. One byte names the table; fields are separated by NUL, which neither bucket names nor object keys
 * may hold, so that byte order is S3's listing order and no two keys collide.
 *
 *     b bucket                       the bucket
 *     c bucket objectKey             the current version, when it is not a delete marker
 *     n bucket objectKey versionOrder   every other version, and all delete markers, newest first
 *     z bucket objectKey             where the null version is, when it is among `n`
 *     u bucket objectKey uploadId    a multipart upload in progress
 *     p uid partNumber               a part of an upload, or of the object it became
 *     d blobId                       this blob is referenced
 *     g uid                          parts that wait to be removed
 *     e target versionOrder          a message about a change, which waits to be delivered
 *     m                              the oldest master key that new records may hang on
 */
const NUL = Buffer.of(0);
const tag = (letter: string): Buffer => Buffer.from(`${letter}\0`, "latin1");
const BUCKET = tag("b");
const CURRENT = tag("c");
const NONCURRENT = tag("n");
const NULL_VERSION = tag("z");
const UPLOAD = tag("u");
const PART = tag("p");
const BLOB_REFERENCE = tag("d");
const GARBAGE = tag("g");
const EVENT = tag("e");

export const WRAP_FLOOR_KEY = tag("m");

/** Bytes of `order ‖ uid`, the tail of a version's or upload's key. */
export const ORDER_BYTES = 7;
export const UID_BYTES = 14;
export const VERSION_TAIL_BYTES = ORDER_BYTES + UID_BYTES;

export const bucketKey = (bucket: string): Buffer => Buffer.concat([BUCKET, Buffer.from(bucket, "utf8")]);
export const bucketRange = (): { from: Buffer; to: Buffer } => ({ from: BUCKET, to: endOfPrefix(BUCKET) });

function objectTable(table: Buffer, bucket: string, objectKey: string | Uint8Array): Buffer {
  const key = typeof objectKey === "string" ? Buffer.from(objectKey, "utf8") : objectKey;
  return Buffer.concat([table, Buffer.from(bucket, "utf8"), NUL, key]);
}

export const currentKey = (bucket: string, objectKey: string): Buffer =>
  objectTable(CURRENT, bucket, objectKey);
export const nullVersionKey = (bucket: string, objectKey: string): Buffer =>
  objectTable(NULL_VERSION, bucket, objectKey);

/** Tables whose keys are `table bucket NUL objectKey …`. */
export type ObjectTable = "current" | "noncurrent" | "upload";
const OBJECT_TABLES: Readonly<Record<ObjectTable, Buffer>> = {
  current: CURRENT,
  noncurrent: NONCURRENT,
  upload: UPLOAD,
};

/** The key under which everything of `bucket` whose object key starts with `prefix` begins. */
export const tablePrefix = (table: ObjectTable, bucket: string, prefix: string | Uint8Array): Buffer =>
  objectTable(OBJECT_TABLES[table], bucket, prefix);

/** Prefix of all `n` (or `u`) keys of exactly this object key. */
export const objectPrefix = (table: "noncurrent" | "upload", bucket: string, objectKey: string): Buffer =>
  Buffer.concat([objectTable(OBJECT_TABLES[table], bucket, objectKey), NUL]);

/** Newest first: the order is stored inverted. `tail` is `order ‖ uid`. */
export function noncurrentKey(bucket: string, objectKey: string, tail: Uint8Array): Buffer {
  return Buffer.concat([objectPrefix("noncurrent", bucket, objectKey), invertOrder(tail)]);
}

export const uploadKey = (bucket: string, objectKey: string, tail: Uint8Array): Buffer =>
  Buffer.concat([objectPrefix("upload", bucket, objectKey), tail]);

function invertOrder(tail: Uint8Array): Buffer {
  const inverted = Buffer.from(tail);
  for (let at = 0; at < ORDER_BYTES; at++) inverted[at] = ~(inverted[at] ?? 0) & 0xff;
  return inverted;
}

/** The object key inside a key of an object table; `tailBytes` is what follows it, the separator not counted. */
export function objectKeyOf(key: Buffer, bucket: string, tailBytes: number): string {
  const start = 2 + Buffer.byteLength(bucket) + 1;
  return key.toString("utf8", start, tailBytes === 0 ? key.length : key.length - tailBytes - 1);
}

/** Tables whose records say how a body's data key is wrapped, or own parts that do. */
export const WRAPPING_TABLES = ["current", "noncurrent", "upload"] as const satisfies readonly ObjectTable[];
export type WrappingTable = (typeof WRAPPING_TABLES)[number];

/** What every key of a table begins with. */
export const tableStart = (table: ObjectTable): Buffer => OBJECT_TABLES[table];

/** Bucket and object key inside any key of an object table: a bucket's name holds no NUL. */
export function placeOf(
  table: ObjectTable,
  key: Buffer,
): { readonly bucket: string; readonly objectKey: string } {
  const bucket = key.toString("utf8", 2, key.indexOf(0, 2));
  return { bucket, objectKey: objectKeyOf(key, bucket, table === "current" ? 0 : VERSION_TAIL_BYTES) };
}

/** `order ‖ uid` of a noncurrent key. */
export const noncurrentTail = (key: Buffer): Buffer =>
  invertOrder(key.subarray(key.length - VERSION_TAIL_BYTES));
export const uploadTail = (key: Buffer): Buffer => Buffer.from(key.subarray(key.length - VERSION_TAIL_BYTES));

/** All records of a table of parts. */
export const partTableRange = (): { from: Buffer; to: Buffer } => ({ from: PART, to: endOfPrefix(PART) });

export function partKey(uid: string, partNumber: number): Buffer {
  const number = Buffer.alloc(2);
  number.writeUInt16BE(partNumber);
  return Buffer.concat([PART, Buffer.from(uid, "hex"), number]);
}

export const partNumberOf = (key: Buffer): number => key.readUInt16BE(key.length - 2);

export function partRange(uid: string, afterPartNumber: number): { from: Buffer; to: Buffer } {
  const prefix = Buffer.concat([PART, Buffer.from(uid, "hex")]);
  return { from: partKey(uid, afterPartNumber + 1), to: endOfPrefix(prefix) };
}

export const blobReferenceKey = (blobId: string): Buffer =>
  Buffer.concat([BLOB_REFERENCE, Buffer.from(blobId, "utf8")]);

export const garbageKey = (uid: string): Buffer => Buffer.concat([GARBAGE, Buffer.from(uid, "hex")]);
export const garbageRange = (): { from: Buffer; to: Buffer } => ({ from: GARBAGE, to: endOfPrefix(GARBAGE) });

/** `target` holds no NUL; messages to one lie oldest first. `tail` is `order ‖ uid`. */
export const eventKey = (target: string, tail: Uint8Array): Buffer =>
  Buffer.concat([EVENT, Buffer.from(target, "utf8"), NUL, tail]);
/** Of one target's messages, or of all (null). */
export function eventRange(target: string | null): { from: Buffer; to: Buffer } {
  const from = target === null ? EVENT : Buffer.concat([EVENT, Buffer.from(target, "utf8"), NUL]);
  return { from, to: endOfPrefix(from) };
}
export const eventTargetOf = (key: Buffer): string => key.toString("utf8", 2, key.indexOf(0, 2));

/** The smallest key greater than `key`. */
export const successor = (key: Uint8Array): Buffer => Buffer.concat([key, NUL]);
