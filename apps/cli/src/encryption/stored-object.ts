import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { GetObjectCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { EncryptionCommandError } from "./encryption-command-error.ts";
import type { Location } from "./locations.ts";

/** An encrypted object as it is stored. */
export interface StoredObject {
  readonly metadata: Readonly<Record<string, string>>;
  readonly contentLength: number;
  /** The text of the instruction file; null where there is none. */
  readonly instructionFile: string | null;
  /** Opens the ciphertext. Called at most once. */
  openBody(): Promise<AsyncIterable<Uint8Array>>;
}

export interface StoredObjectOptions {
  readonly instructionSuffix: string;
  /** A file that holds the instruction file's text, instead of the one beside the object. */
  readonly instructionPath: string | null;
  /** For files: where the object's user metadata is, as JSON. */
  readonly metadataPath: string | null;
}

/** Beside a file of ciphertext: its user metadata. */
export const METADATA_SUFFIX = ".metadata.json";
const MAX_SIDE_FILE_BYTES = 64 * 1024;
/** What tells that the metadata holds the wrapped data key itself, so that no instruction file need be looked for. */
const DATA_KEY_NAMES = ["x-amz-key", "x-amz-key-v2", "x-amz-3"];

export async function findStoredObject(
  location: Location,
  options: StoredObjectOptions,
  s3: () => S3Client,
): Promise<StoredObject> {
  return location.kind === "s3" ? findInBucket(location, options, s3()) : findFile(location.path, options);
}

async function findInBucket(
  { bucket: Bucket, key: Key }: Location & { kind: "s3" },
  options: StoredObjectOptions,
  s3: S3Client,
): Promise<StoredObject> {
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
  const metadata = head.Metadata ?? {};
  const given = options.instructionPath === null ? null : readSideFile(options.instructionPath);
  const wanted = given === null && !hasDataKey(metadata);
  const instructionFile = wanted
    ? await fetchText(s3, { Bucket, Key: `${Key}${options.instructionSuffix}` })
    : given;
  return {
    metadata,
    contentLength: head.ContentLength ?? 0,
    instructionFile,
    async openBody() {
      // The version that was described, not one that came in between.
      const { Body } = await s3.send(
        new GetObjectCommand({ Bucket, Key, ...(head.ETag === undefined ? {} : { IfMatch: head.ETag }) }),
      );
      if (Body === undefined) throw new TypeError("the store sent no body");
      return Body as unknown as AsyncIterable<Uint8Array>;
    },
  };
}

async function fetchText(s3: S3Client, target: { Bucket: string; Key: string }): Promise<string | null> {
  try {
    const { Body, ContentLength = 0 } = await s3.send(new GetObjectCommand(target));
    return ContentLength > MAX_SIDE_FILE_BYTES ? null : ((await Body?.transformToString()) ?? null);
  } catch (error) {
    if (error instanceof Error && (error.name === "NoSuchKey" || error.name === "AccessDenied")) return null;
    throw error;
  }
}

function findFile(path: string, options: StoredObjectOptions): StoredObject {
  const metadataPath = options.metadataPath ?? existing(`${path}${METADATA_SUFFIX}`);
  const instructionPath = options.instructionPath ?? existing(`${path}${options.instructionSuffix}`);
  return {
    metadata: metadataPath === null ? {} : parseMetadata(readSideFile(metadataPath), metadataPath),
    contentLength: statSync(path).size,
    instructionFile: instructionPath === null ? null : readSideFile(instructionPath),
    openBody: async () => createReadStream(path),
  };
}

/** A JSON object of strings, or what `aws s3api head-object` prints. */
function parseMetadata(text: string, path: string): Record<string, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = null;
  }
  const inner = isRecord(parsed) && isRecord(parsed["Metadata"]) ? parsed["Metadata"] : parsed;
  if (!isRecord(inner) || Object.values(inner).some((value) => typeof value !== "string"))
    throw new EncryptionCommandError("FileUnusable", "invalid", `${path} is no JSON object of strings`, {
      next: "give the object's user metadata as JSON, or what `aws s3api head-object` prints",
    });
  return Object.fromEntries(
    Object.entries(inner).map(([name, value]) => [name.replace(/^x-amz-meta-/i, ""), String(value)]),
  );
}

const hasDataKey = (metadata: Readonly<Record<string, string>>): boolean =>
  Object.keys(metadata).some((name) => DATA_KEY_NAMES.includes(name.toLowerCase()));

const existing = (path: string): string | null => (existsSync(path) ? path : null);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function readSideFile(path: string): string {
  if (statSync(path).size > MAX_SIDE_FILE_BYTES)
    throw new EncryptionCommandError("FileUnusable", "invalid", `${path} is longer than 64 KiB`, {
      next: "name the metadata or instruction file, not the object",
    });
  return readFileSync(path, "utf8");
}
