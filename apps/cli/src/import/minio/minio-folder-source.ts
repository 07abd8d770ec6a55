import { join } from "node:path";
import { badOption, ImportError, unsupported } from "../import-error.ts";
import type {
  BucketSettings,
  ImportSource,
  SourceBucket,
  SourceKey,
  SourceObject,
  SourceVersion,
} from "../import-source.ts";
import { type BucketRecord, NO_RECORD, parseBucketRecord } from "./bucket-record.ts";
import { openMinioObject } from "./minio-object.ts";
import { findObjectFolder, folderNames, type ObjectFolder, shardsOf, walkObjects } from "./object-folder.ts";
import { type MinioKeys, unsealObjectKey } from "./object-key.ts";
import { readStoredPart } from "./stored-part.ts";
import type { XlObject, XlVersion } from "./xl-meta.ts";

const OWN_FOLDER = ".minio.sys";
const COMPRESSION_ENTRY = "x-minio-internal-compression";

/** A MinIO server's drives, read without that server: stop it first, or read a copy. */
export class MinioFolderSource implements ImportSource {
  readonly name: string;
  readonly #drives: readonly string[];
  readonly #keys: MinioKeys;

  constructor(drives: readonly string[], keys: MinioKeys) {
    this.name = `minio-folder:${drives.join(",")}`;
    this.#drives = drives;
    this.#keys = keys;
  }

  async listBuckets(): Promise<readonly string[]> {
    const names = await folderNames(this.#drives);
    if (!names.includes(OWN_FOLDER))
      throw badOption(
        "no folder .minio.sys is in it: this is no drive of a MinIO server",
        "name the folder that `minio server` was started with, once for each drive",
      );
    return names.filter((name) => !name.startsWith(".") && name !== "lost+found").sort();
  }

  async describeBucket(bucket: string): Promise<SourceBucket> {
    const { versioning, hasObjectLock } = await this.#record(bucket);
    return { name: bucket, versioning, hasObjectLock };
  }

  async readSettings(bucket: string): Promise<BucketSettings> {
    return await this.#record(bucket);
  }

  async *listKeys(bucket: string, prefix: string, isCurrentOnly: boolean): AsyncGenerator<SourceKey> {
    for await (const { objectKey, path } of walkObjects(this.#drives, bucket, prefix)) {
      try {
        const folder = await findObjectFolder(this.#drives, path);
        if (folder === null) continue;
        const versions = folder.meta.versions.map((version) => listed(objectKey, version));
        const wanted = isCurrentOnly
          ? versions.slice(0, 1).filter(({ kind }) => kind === "object")
          : versions;
        if (wanted.length > 0) yield { objectKey, versions: wanted.reverse() };
      } catch (error) {
        if (!(error instanceof ImportError)) throw error;
        yield { objectKey, versions: [], failure: error };
      }
    }
  }

  async openObject(bucket: string, { objectKey, versionId }: SourceVersion): Promise<SourceObject> {
    const folder = await findObjectFolder(this.#drives, pathOf(bucket, objectKey));
    const version = folder?.meta.versions.find((candidate) => candidate.versionId === versionId);
    if (folder === null || version?.kind !== "object")
      throw new ImportError("StoreFailed", "state", "the version is gone since it was listed");
    if (version.system.has(COMPRESSION_ENTRY))
      throw unsupported(
        `the object is compressed (${version.system.get(COMPRESSION_ENTRY)?.toString("latin1")}): import it from the running server`,
      );
    const sealKey = unsealObjectKey(version.system, { bucket, objectKey }, this.#keys);
    return openMinioObject(version, sealKey, (number, storedBytes) =>
      readStoredPart(shardsOf(folder, version, number), version.erasure, storedBytes),
    );
  }

  close(): void {
    // Each part closes its own files.
  }

  async #record(bucket: string): Promise<BucketRecord> {
    const path = join(OWN_FOLDER, "buckets", bucket, ".metadata.bin");
    const folder = await findObjectFolder(this.#drives, path);
    const version = folder?.meta.versions[0];
    if (folder === null || version?.kind !== "object") return NO_RECORD;
    return parseBucketRecord(await readWhole(folder, version));
  }
}

async function readWhole(folder: ObjectFolder, version: XlObject): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (const { number, storedBytes } of version.parts)
    for await (const piece of readStoredPart(shardsOf(folder, version, number), version.erasure, storedBytes))
      pieces.push(piece);
  return Buffer.concat(pieces);
}

function pathOf(bucket: string, objectKey: string): string {
  return join(bucket, objectKey.endsWith("/") ? `${objectKey.slice(0, -1)}__XLDIR__` : objectKey);
}

function listed(objectKey: string, version: XlVersion): SourceVersion {
  const { kind, versionId, modifiedMs: lastModifiedMs } = version;
  if (kind === "delete-marker") return { kind, objectKey, versionId, lastModifiedMs, sizeBytes: 0, etag: "" };
  const sizeBytes = version.parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  return { kind, objectKey, versionId, lastModifiedMs, sizeBytes, etag: version.user.get("etag") ?? "" };
}
