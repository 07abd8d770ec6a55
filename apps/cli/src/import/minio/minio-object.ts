import type { KeyObject } from "node:crypto";
import { damaged } from "../import-error.ts";
import {
  type SourceChecksum,
  type SourceLock,
  type SourceObject,
  SYSTEM_HEADERS,
  type SystemHeaders,
} from "../import-source.ts";
import { dareSizeBytes, openDare, openDareBytes } from "./dare.ts";
import { entryKey, partKey, schemeOf } from "./object-key.ts";
import { parseStoredChecksum } from "./stored-checksum.ts";
import type { StoredPart, XlObject } from "./xl-meta.ts";

const MULTIPART_ENTRY = "x-minio-internal-encrypted-multipart";
const CHECKSUM_ENTRY = "x-minio-internal-crc";
const METADATA_PREFIX = "x-amz-meta-";
/** Hex of an ETag that is sealed: 16 bytes in one package. */
const SEALED_ETAG = /^[0-9a-f]{96}$/;

/** An object as it must be written again, from what its record says. `sealKey` is null when it is not encrypted. */
export function openMinioObject(
  version: XlObject,
  sealKey: KeyObject | null,
  readStored: (partNumber: number, storedBytes: number) => AsyncIterable<Buffer>,
): SourceObject {
  const { system, user, parts } = version;
  const isInParts = system.has(MULTIPART_ENTRY);
  const contentEtag = openEtag(version, sealKey);
  const open = (part: StoredPart): AsyncIterable<Buffer> => {
    const stored = readStored(part.number, part.storedBytes);
    if (sealKey === null) return stored;
    return openDare(stored, isInParts ? partKey(sealKey, part.number) : sealKey);
  };
  for (const part of parts) requireSizes(part, sealKey !== null);
  const opened = parts.map((part) => ({
    open: async () => ({ sizeBytes: part.sizeBytes, body: open(part) }),
  }));
  return {
    headers: headersOf(user),
    userMetadata: userMetadataOf(user),
    tags: [...new URLSearchParams(user.get("x-amz-tagging") ?? "")],
    lock: lockOf(user),
    checksum: openChecksum(system, sealKey),
    contentEtag,
    isMultipart: /-\d+$/.test(user.get("etag") ?? "") || parts.length > 1,
    isLayoutGuessed: false,
    parts: opened.length > 0 ? opened : [{ open: async () => ({ sizeBytes: 0, body: empty() }) }],
    close: () => {},
  };
}

async function* empty(): AsyncGenerator<Buffer> {
  // Nothing is stored of a body of nothing.
}

/** The sizes stand outside of what is sealed: one that was changed is found here, before anything is written. */
function requireSizes({ number, storedBytes, sizeBytes }: StoredPart, isEncrypted: boolean): void {
  if (storedBytes !== (isEncrypted ? dareSizeBytes(sizeBytes) : sizeBytes))
    throw damaged(`the sizes of part ${number} do not fit each other`);
}

/** That of SSE-S3 is sealed; under SSE-KMS and SSE-C objects and parts get a random one, which says nothing. */
function openEtag({ system, user }: XlObject, sealKey: KeyObject | null): string | null {
  const etag = user.get("etag") ?? "";
  const scheme = schemeOf(system);
  if (scheme === "sse-kms" || scheme === "sse-c") return null;
  if (sealKey === null || !SEALED_ETAG.test(etag)) return /^[0-9a-f]{32}(?:-\d+)?$/.test(etag) ? etag : null;
  return openDareBytes(Buffer.from(etag, "hex"), entryKey(sealKey, "SSE-etag")).toString("hex");
}

function openChecksum(system: ReadonlyMap<string, Buffer>, sealKey: KeyObject | null): SourceChecksum | null {
  const stored = system.get(CHECKSUM_ENTRY);
  if (stored === undefined || stored.length === 0) return null;
  // It is sealed for most objects, but not for all.
  const isSealed = sealKey !== null && stored[0] === 0x20 && stored[1] === 0 && stored.length > 32;
  return parseStoredChecksum(isSealed ? openDareBytes(stored, entryKey(sealKey, "object-checksum")) : stored);
}

function headersOf(user: ReadonlyMap<string, string>): SystemHeaders {
  const headers: Record<string, string> = {};
  for (const name of SYSTEM_HEADERS) {
    const value = user.get(name);
    if (value !== undefined && value !== "") headers[name] = value;
  }
  return headers;
}

function userMetadataOf(user: ReadonlyMap<string, string>): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [name, value] of user)
    if (name.startsWith(METADATA_PREFIX)) metadata[name.slice(METADATA_PREFIX.length)] = value;
  return metadata;
}

function lockOf(user: ReadonlyMap<string, string>): SourceLock {
  const mode = user.get("x-amz-object-lock-mode")?.toUpperCase();
  const untilMs = Date.parse(user.get("x-amz-object-lock-retain-until-date") ?? "");
  const isRetained = (mode === "GOVERNANCE" || mode === "COMPLIANCE") && Number.isFinite(untilMs);
  return {
    retention: isRetained ? { mode, untilMs } : null,
    isLegalHold: user.get("x-amz-object-lock-legal-hold")?.toUpperCase() === "ON",
  };
}
