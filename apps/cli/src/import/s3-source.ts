import {
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  ListObjectsV2Command,
  paginateListBuckets,
  type S3Client,
} from "@aws-sdk/client-s3";
import type {
  BucketSettings,
  ImportSource,
  SourceBucket,
  SourceKey,
  SourceObject,
  SourceVersion,
} from "./import-source.ts";
import { decodeListedKey, listVersionPages } from "./list-versions.ts";
import { unlessAbsent, versioningOf } from "./s3-answers.ts";
import { S3ObjectReader } from "./s3-object.ts";

/** An S3 endpoint to read from. */
export class S3Source implements ImportSource {
  readonly name: string;
  readonly #client: S3Client;
  readonly #reader: S3ObjectReader;

  /** `customerKeys`: for SSE-C, raw bytes; each is tried where an object needs one. */
  constructor(name: string, client: S3Client, customerKeys: readonly Uint8Array[]) {
    this.name = name;
    this.#client = client;
    this.#reader = new S3ObjectReader(client, customerKeys);
  }

  async listBuckets(): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const page of paginateListBuckets({ client: this.#client }, {}))
      names.push(...(page.Buckets ?? []).flatMap(({ Name }) => (Name === undefined ? [] : [Name])));
    return names;
  }

  async describeBucket(bucket: string): Promise<SourceBucket> {
    const { Status } = await this.#client.send(new GetBucketVersioningCommand({ Bucket: bucket }));
    const lock = await unlessAbsent(
      this.#client.send(new GetObjectLockConfigurationCommand({ Bucket: bucket })),
    );
    return {
      name: bucket,
      versioning: versioningOf(Status),
      hasObjectLock: lock?.ObjectLockConfiguration?.ObjectLockEnabled === "Enabled",
    };
  }

  async readSettings(bucket: string): Promise<BucketSettings> {
    const Bucket = bucket;
    const policy = await unlessAbsent(this.#client.send(new GetBucketPolicyCommand({ Bucket })));
    const tagging = await unlessAbsent(this.#client.send(new GetBucketTaggingCommand({ Bucket })));
    const cors = await unlessAbsent(this.#client.send(new GetBucketCorsCommand({ Bucket })));
    const encryption = await unlessAbsent(this.#client.send(new GetBucketEncryptionCommand({ Bucket })));
    return {
      policy: policy?.Policy ?? null,
      tags: (tagging?.TagSet ?? []).map(({ Key = "", Value = "" }) => [Key, Value] as const),
      cors: cors?.CORSRules ?? [],
      encryption: encryption?.ServerSideEncryptionConfiguration?.Rules ?? [],
    };
  }

  listKeys(bucket: string, prefix: string, isCurrentOnly: boolean): AsyncIterable<SourceKey> {
    return isCurrentOnly ? this.#listCurrent(bucket, prefix) : this.#listAll(bucket, prefix);
  }

  async openObject(bucket: string, version: SourceVersion): Promise<SourceObject> {
    return await this.#reader.open(bucket, version);
  }

  close(): void {
    this.#client.destroy();
  }

  async *#listCurrent(Bucket: string, Prefix: string): AsyncGenerator<SourceKey> {
    let ContinuationToken: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({
          Bucket,
          Prefix,
          EncodingType: "url",
          ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
        }),
      );
      for (const { Key = "", Size = 0, ETag = "", LastModified } of page.Contents ?? []) {
        const objectKey = decodeListedKey(Key);
        const lastModifiedMs = LastModified?.getTime() ?? 0;
        const etag = ETag.replaceAll('"', "");
        const version: SourceVersion = {
          ...{ kind: "object", objectKey, versionId: null },
          ...{ lastModifiedMs, sizeBytes: Size, etag },
        };
        yield { objectKey, versions: [version] };
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  async *#listAll(bucket: string, prefix: string): AsyncGenerator<SourceKey> {
    let held: SourceVersion[] = [];
    for await (const page of listVersionPages(this.#client, bucket, prefix))
      for (const version of page) {
        const [first] = held;
        if (first !== undefined && first.objectKey !== version.objectKey) {
          yield { objectKey: first.objectKey, versions: held.reverse() };
          held = [];
        }
        held.push(version);
      }
    const [first] = held;
    if (first !== undefined) yield { objectKey: first.objectKey, versions: held.reverse() };
  }
}
