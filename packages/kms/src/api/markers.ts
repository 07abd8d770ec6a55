import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import { encodeSequence } from "@strongroom/base";
import { invalid, KmsError } from "../kms-error.ts";
import type { KmsCall } from "./kms-operation.ts";

const MAC_SIZE_BYTES = 16;

export interface PageRequest {
  readonly limit: number;
  /** The last entry of the page before; null for the first page. */
  readonly after: string | null;
}

/** What one list of one account is: markers of another one are refused. */
export type ListName = readonly string[];

/** Reads `Limit` and `Marker`. Throws ValidationException and InvalidMarkerException. */
export function readPage(
  call: KmsCall,
  list: ListName,
  input: { readonly Limit: number | undefined; readonly Marker: string | undefined },
  bounds: { readonly standard: number; readonly max: number },
): PageRequest {
  const limit = input.Limit ?? bounds.standard;
  if (limit > bounds.max) {
    throw invalid(
      `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: ` +
        `Member must have value less than or equal to ${bounds.max}`,
    );
  }
  return { limit, after: input.Marker === undefined ? null : parseMarker(call, list, input.Marker) };
}

/** A page of entries as an answer: one more than `limit` was read, to see whether there are more. */
export function printPage<T>(
  call: KmsCall,
  list: ListName,
  page: PageRequest,
  entries: readonly T[],
  nameOf: (entry: T) => string,
): { readonly shown: readonly T[]; readonly NextMarker: string | undefined; readonly Truncated: boolean } {
  const shown = entries.slice(0, page.limit);
  const last = shown.at(-1);
  const isTruncated = entries.length > page.limit && last !== undefined;
  return {
    shown,
    NextMarker: isTruncated ? printMarker(call, list, nameOf(last)) : undefined,
    Truncated: isTruncated,
  };
}

/** Cuts a list that is known as a whole. */
export function pageOf<T>(page: PageRequest, all: readonly T[], nameOf: (entry: T) => string): readonly T[] {
  const { after } = page;
  const start = after === null ? 0 : all.findIndex((entry) => nameOf(entry) === after) + 1;
  if (after !== null && start === 0) throw invalidMarker();
  return all.slice(start, start + page.limit + 1);
}

function printMarker(call: KmsCall, list: ListName, name: string): string {
  const body = Buffer.from(name, "utf8");
  return Buffer.concat([mac(call.services.materials.keys.marker, list, body), body]).toString("base64url");
}

function parseMarker(call: KmsCall, list: ListName, marker: string): string {
  const bytes = Buffer.from(marker, "base64url");
  const body = bytes.subarray(MAC_SIZE_BYTES);
  const wanted = mac(call.services.materials.keys.marker, list, body);
  if (bytes.length <= MAC_SIZE_BYTES || !timingSafeEqual(bytes.subarray(0, MAC_SIZE_BYTES), wanted)) {
    throw invalidMarker();
  }
  return body.toString("utf8");
}

function mac(key: KeyObject, list: ListName, body: Buffer): Buffer {
  const hmac = createHmac("sha256", key).update(encodeSequence(["marker", ...list, body]));
  return hmac.digest().subarray(0, MAC_SIZE_BYTES);
}

function invalidMarker(): KmsError {
  return new KmsError("InvalidMarkerException", "The marker is not one that this list gave.");
}
