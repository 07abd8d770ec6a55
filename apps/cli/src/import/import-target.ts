import { AbortMultipartUploadCommand, DeleteObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { SourceObject, SourceVersion } from "./import-source.ts";
import { listVersionPages } from "./list-versions.ts";
import { statusOf } from "./s3-answers.ts";
import type { TargetEncryption } from "./target-encryption.ts";
import { writeMultipart } from "./write-multipart.ts";
import { writeWhole } from "./write-whole.ts";
import type { TargetPlace, WrittenVersion } from "./written-version.ts";

/** The server that is written to. Nothing here is repeated by itself: who calls knows what a repetition may do. */
export class ImportTarget {
  readonly client: S3Client;
  readonly #encryption: TargetEncryption;
  readonly #onUpload: (uploadId: string, place: TargetPlace) => void;

  /** `onUpload` is told of each multipart upload before its first part. */
  constructor(
    client: S3Client,
    encryption: TargetEncryption,
    onUpload: (uploadId: string, place: TargetPlace) => void,
  ) {
    this.client = client;
    this.#encryption = encryption;
    this.#onUpload = onUpload;
  }

  async writeObject(place: TargetPlace, object: SourceObject): Promise<WrittenVersion> {
    if (!object.isMultipart) return await writeWhole(this.client, place, object, this.#encryption);
    return await writeMultipart(this.client, place, object, this.#encryption, (uploadId) =>
      this.#onUpload(uploadId, place),
    );
  }

  async writeDeleteMarker({ bucket, objectKey }: TargetPlace): Promise<WrittenVersion> {
    const answer = await this.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: objectKey }));
    return { versionId: answer.VersionId ?? null, etag: "", contentEtag: "" };
  }

  /** All versions under one key, the oldest first. */
  async listVersionsOf(bucket: string, objectKey: string): Promise<readonly SourceVersion[]> {
    const found: SourceVersion[] = [];
    for await (const page of listVersionPages(this.client, bucket, objectKey)) {
      found.push(...page.filter((version) => version.objectKey === objectKey));
      // The key itself comes before all others that begin with it.
      if (page.some((version) => version.objectKey !== objectKey)) break;
    }
    return found.reverse();
  }

  async abortUpload(bucket: string, objectKey: string, uploadId: string): Promise<void> {
    try {
      await this.client.send(
        new AbortMultipartUploadCommand({ Bucket: bucket, Key: objectKey, UploadId: uploadId }),
      );
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }
}
