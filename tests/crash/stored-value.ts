import { createHash } from "node:crypto";
import { type Headers, type Scheme, schemeHeaders, sealLine } from "../harness/schemes.ts";
import { bytesOf } from "../harness/test-bytes.ts";

/** Bytes that a seed brings back. */
export interface Piece {
  readonly seed: string;
  readonly sizeBytes: number;
}

/** How a write asked to be sealed, and the line of headers that every answer must then have. */
export interface Seal {
  readonly scheme: Scheme;
  readonly headers: Headers;
  readonly line: string;
}

export function sealUnder(scheme: Scheme, kmsKeyArn: string): Seal {
  const headers = schemeHeaders(scheme, kmsKeyArn);
  return { scheme, headers, line: sealLine(headers) };
}

/** All that can be seen of an object. */
export interface StoredValue {
  readonly pieces: readonly Piece[];
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Sizes of the bodies that are sealed one by one: more than one for an object of parts. */
  readonly bodies: readonly number[];
  /** null: nobody was told. */
  readonly etag: string | null;
  readonly seal: Seal;
  /** User metadata. */
  readonly mark: string;
  readonly tag: string | null;
  readonly isPublic: boolean;
  readonly retainUntil: string | null;
  readonly isHeld: boolean;
}

export const ABSENT = "absent";
export const MARKER = "delete marker";
export type Value = StoredValue | typeof ABSENT | typeof MARKER;

export const isStored = (value: Value | undefined): value is StoredValue => typeof value === "object";

export const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

export const contentOf = (pieces: readonly Piece[]): Buffer =>
  Buffer.concat(pieces.map(({ seed, sizeBytes }) => bytesOf(seed, sizeBytes)));

/** A value that was just written: without tags, lists and locks. `bodies` are the pieces unless said otherwise. */
export function newValue(pieces: readonly Piece[], seal: Seal, mark: string): StoredValue {
  const content = contentOf(pieces);
  return {
    pieces,
    sizeBytes: content.length,
    sha256: sha256Of(content),
    bodies: [content.length],
    etag: null,
    seal,
    mark,
    tag: null,
    isPublic: false,
    retainUntil: null,
    isHeld: false,
  };
}

/** What a read found. `status` is -1 when the response broke off. */
export interface Found {
  readonly status: number;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly etag: string;
  readonly sealLine: string;
  readonly mark: string;
  readonly tag: string | null;
  readonly isPublic: boolean;
  readonly retainUntil: string | null;
  readonly isHeld: boolean;
}

/** What of `found` is not as `value` has it; nothing when it is that value. */
export function differences(value: Value, found: Found): string[] {
  if (value === ABSENT) return found.status === 404 ? [] : ["there"];
  if (value === MARKER) return found.status === 405 ? [] : ["no marker"];
  if (found.status !== 200) return ["not there"];
  const seen = { ...found, etag: value.etag === null ? null : found.etag };
  const due = { ...value, sealLine: value.seal.line };
  const FIELDS = ["sizeBytes", "sha256", "etag", "sealLine", "mark", "tag"] as const;
  const MORE = ["isPublic", "retainUntil", "isHeld"] as const;
  return [...FIELDS, ...MORE].filter((field) => seen[field] !== due[field]);
}

export const describeFound = (found: Found): string =>
  `[${found.status}, ${found.sizeBytes} bytes, ${found.sha256.slice(0, 12)}, ${found.etag}, ${found.sealLine}, ` +
  `${found.mark}, tag ${found.tag}, public ${found.isPublic}, lock ${found.retainUntil} ${found.isHeld}]`;

export const describeValue = (value: Value): string =>
  isStored(value)
    ? `[${value.sizeBytes} bytes ${value.sha256.slice(0, 12)}, ${value.etag}, ${value.seal.line}, ${value.mark}, ` +
      `tag ${value.tag}, public ${value.isPublic}, lock ${value.retainUntil} ${value.isHeld}]`
    : value;
