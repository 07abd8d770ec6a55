import { Packr } from "msgpackr";
import type { ObjectEncryption } from "./encryption/encryption.ts";
import type { WaitingEvent } from "./events/object-event.ts";
import { IndexIntegrityError } from "./index/index-port.ts";
import type {
  Bucket,
  Checksum,
  ChecksumAlgorithm,
  ChecksumType,
  ObjectAttributes,
  VersioningState,
} from "./model.ts";

/**
 * The values of index records: MessagePack arrays that begin with a format number. They were authenticated when they
 * were read, so a shape that does not fit means a newer program wrote it: it is refused, never guessed.
 */
const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: true });
const FORMAT = 1;

/** Where the sealed bytes of an object or part are. */
export type BodyLocation =
  | { readonly in: "payload"; readonly id: string }
  | { readonly in: "blob"; readonly id: string };

/** One sealed body: its place, its wrapped data key and what is known of its plaintext. */
export interface SealedBody {
  readonly location: BodyLocation;
  readonly encryptedDataKey: Uint8Array;
  /** Of the second layer, where there is one. */
  readonly outerDataKey?: Uint8Array;
  readonly sizeBytes: number;
  /**
   * SHA-256 of the stored bytes, under a customer's key only: what tells, without that key, that they are still the
   * ones that were stored. Absent in records that are older than this field.
   */
  readonly sealedDigest?: Uint8Array;
}

/** Runs of equal parts: `[first part number, how many, size of each in bytes]`. */
export type PartLayout = readonly (readonly [number, number, number])[];

export interface VersionRecord extends ObjectAttributes {
  readonly kind: "version";
  readonly uid: string;
  readonly order: number;
  readonly isNull: boolean;
  readonly modifiedMs: number;
  readonly ownerId: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksum: Checksum | null;
  readonly encryption: ObjectEncryption;
  /** An archived version may be read until then. Absent: it was never restored. */
  readonly restoredUntilMs?: number;
  /** A sealed body, or the layout of parts whose records lie under `uid`. */
  readonly body: SealedBody | { readonly layout: PartLayout };
}

export interface MarkerRecord {
  readonly kind: "delete-marker";
  readonly uid: string;
  readonly order: number;
  readonly isNull: boolean;
  readonly modifiedMs: number;
  readonly ownerId: string;
}

export type ChainRecord = VersionRecord | MarkerRecord;

export interface UploadRecord extends ObjectAttributes {
  readonly uid: string;
  readonly order: number;
  readonly initiatedMs: number;
  readonly ownerId: string;
  readonly initiatorId: string;
  readonly encryption: ObjectEncryption;
  readonly checksumAlgorithm: ChecksumAlgorithm | null;
  readonly checksumType: ChecksumType | null;
  /** The key had an object when the upload began. Absent: it had none, or the upload is older than this field. */
  readonly hadObject?: boolean;
}

export interface PartRecord {
  readonly body: SealedBody;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly checksum: Checksum | null;
}

/** Parts of `uid` to remove: these numbers, or all of them. */
export interface GarbageRecord {
  readonly sinceMs: number;
  readonly partNumbers: readonly number[] | null;
}

/** A record that was authenticated and has a shape of another program's. */
export class UnknownRecordError extends IndexIntegrityError {}

type Kind = "bucket" | "version" | "delete-marker" | "upload" | "part" | "garbage" | "event";

function encode(kind: Kind, fields: object): Buffer {
  return packr.pack([FORMAT, kind, fields]);
}

function decode(value: Uint8Array, ...kinds: readonly Kind[]): { kind: Kind; fields: unknown } {
  const record: unknown = packr.unpack(value);
  if (!Array.isArray(record) || record[0] !== FORMAT || !kinds.includes(record[1])) {
    throw new UnknownRecordError(`a ${kinds.join(" or ")} record has a format this program does not know`);
  }
  return { kind: record[1], fields: record[2] };
}

export const encodeBucket = (bucket: Bucket): Buffer => encode("bucket", bucket);
export const decodeBucket = (value: Uint8Array): Bucket => decode(value, "bucket").fields as Bucket;

export function encodeChain(record: ChainRecord): Buffer {
  const { kind, ...fields } = record;
  return encode(kind, fields);
}

export function decodeChain(value: Uint8Array): ChainRecord {
  const { kind, fields } = decode(value, "version", "delete-marker");
  return { kind, ...(fields as object) } as ChainRecord;
}

export const encodeUpload = (record: UploadRecord): Buffer => encode("upload", record);
export const decodeUpload = (value: Uint8Array): UploadRecord =>
  decode(value, "upload").fields as UploadRecord;
export const encodePart = (record: PartRecord): Buffer => encode("part", record);
export const decodePart = (value: Uint8Array): PartRecord => decode(value, "part").fields as PartRecord;
export const encodeGarbage = (record: GarbageRecord): Buffer => encode("garbage", record);
export const decodeGarbage = (value: Uint8Array): GarbageRecord =>
  decode(value, "garbage").fields as GarbageRecord;

export const encodeEvent = (event: WaitingEvent): Buffer => encode("event", event);
export const decodeEvent = (value: Uint8Array): WaitingEvent => decode(value, "event").fields as WaitingEvent;

export type { VersioningState };
