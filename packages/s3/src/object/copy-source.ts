import type { ObjectSelector, StoredVersion } from "@strongroom/store";
import { StoreError } from "@strongroom/store";
import { decodePath } from "@strongroom/wire";
import { invalidArgument, notImplementedHeader, s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import type { S3Services } from "../operation.ts";
import { requireCopyable } from "./archived-version.ts";
import { requireLegalObjectKey, requireVersionId } from "./object-address.ts";

const HEADER = "x-amz-copy-source";
/** The operations that read the header; to all others it says nothing, whoever sends it. */
const COPIES: ReadonlySet<string> = new Set(["CopyObject", "UploadPartCopy"]);
export const isCopy = (operation: string): boolean => COPIES.has(operation);

export const MAX_COPY_BYTES = 5 * 1024 ** 3;

/** `[/]bucket/key[?versionId=id]`, percent-encoded. ARNs of access points are NotImplemented. */
export function readCopySource(request: S3Request): ObjectSelector {
  return parseCopySource(request.header(HEADER) ?? "");
}

export function parseCopySource(header: string): ObjectSelector {
  if (header.startsWith("arn:")) throw notImplementedHeader(HEADER);
  const question = header.lastIndexOf("?versionId=");
  const rawPath = question < 0 ? header : header.slice(0, question);
  const path = decodeSource(rawPath.startsWith("/") ? rawPath.slice(1) : rawPath);
  const slash = path.indexOf("/");
  // ArgumentValue is the header's name, not its value: so it is recorded of S3.
  if (slash === 0) throw invalidArgument("Invalid copy source bucket name", HEADER, HEADER);
  if (slash < 0 || slash === path.length - 1) {
    throw invalidArgument("Invalid copy source object key", HEADER, HEADER);
  }
  const bucket = path.slice(0, slash);
  const objectKey = path.slice(slash + 1);
  requireLegalObjectKey(objectKey);
  return { bucket, objectKey, versionId: question < 0 ? undefined : sourceVersionId(header, question) };
}

/**
 * The source as it stands. Errors name the source, not the target: NoSuchBucket, NoSuchKey, NoSuchVersion, and
 * InvalidRequest for a delete marker named by its id, ObjectNotInActiveTierError for an archived version.
 */
export async function readSourceVersion(
  services: S3Services,
  source: ObjectSelector,
): Promise<StoredVersion> {
  const version = await readVersion(services, source);
  requireCopyable(version, services.clock.nowMs());
  return version;
}

async function readVersion({ store }: S3Services, source: ObjectSelector): Promise<StoredVersion> {
  try {
    return await store.readVersion(source);
  } catch (error) {
    throw error instanceof StoreError ? sourceError(error, source) : error;
  }
}

/** Throws InvalidRequest for more than one copy, of an object or a part, can move. */
export function refuseLargeCopy(sizeBytes: number): void {
  if (sizeBytes <= MAX_COPY_BYTES) return;
  throw s3Error("InvalidRequest", {
    message: `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_COPY_BYTES}`,
  });
}

/** A null version can be overwritten between looking at it and copying it. Throws OperationAborted (409). */
export function requireSameSource(judged: StoredVersion, current: StoredVersion): void {
  if (judged.etag === current.etag && judged.modifiedMs === current.modifiedMs) return;
  throw s3Error("OperationAborted");
}

function sourceError(error: StoreError, source: ObjectSelector): Error {
  switch (error.code) {
    case "NoSuchBucket":
      return s3Error("NoSuchBucket", { fields: { BucketName: source.bucket }, cause: error });
    case "NoSuchKey":
      return s3Error("NoSuchKey", { fields: { Key: source.objectKey }, cause: error });
    case "NoSuchVersion":
      return s3Error("NoSuchVersion", {
        fields: { Key: source.objectKey, VersionId: source.versionId },
        cause: error,
      });
    case "MethodNotAllowed":
      return s3Error("InvalidRequest", {
        message: "The source of a copy request may not specifically refer to a delete marker by version id.",
        cause: error,
      });
    default:
      return error;
  }
}

function sourceVersionId(header: string, question: number): string {
  return requireVersionId(decodeSource(header.slice(question + "?versionId=".length)));
}

function decodeSource(raw: string): string {
  try {
    return decodePath(raw);
  } catch (cause) {
    throw s3Error("InvalidArgument", {
      message: "Invalid copy source encoding.",
      fields: { ArgumentName: HEADER, ArgumentValue: HEADER },
      cause,
    });
  }
}
