import { createHash } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { type InventoryConfiguration, inventorySchema } from "@strongroom/s3";
import type { Bucket, ObjectStore } from "@strongroom/store";
import { ServerError } from "../server-error.ts";

export interface InventoryDelivery {
  readonly store: Pick<ObjectStore, "requireBucket" | "putObject">;
  readonly bucket: Bucket;
  readonly inventory: InventoryConfiguration;
  /** Where the manifest lies, without a slash at its end. */
  readonly folder: string;
  readonly dataId: string;
  readonly nowMs: number;
}

/** `PREFIX/SOURCE/ID/YYYY-MM-DDTHH-MMZ`, as S3 names it. */
export function folderOf(bucket: string, { id, destination }: InventoryConfiguration, nowMs: number): string {
  const minute = new Date(nowMs).toISOString().slice(0, 16).replace(":", "-");
  return `${rootOf(bucket, id, destination.prefix)}/${minute}Z`;
}

const rootOf = (bucket: string, id: string, prefix: string): string =>
  `${prefix === "" ? "" : `${prefix.replace(/\/$/, "")}/`}${bucket}/${id}`;

/**
 * Writes the data file as its lines come, then the manifest and its checksum: who finds a manifest finds what it names. Throws
 * ServerError "BucketOfAnother" where the destination is not of the source's owner.
 */
export async function deliverInventory(
  delivery: InventoryDelivery,
  lines: AsyncIterable<string>,
): Promise<void> {
  const { store, bucket, inventory, folder, dataId, nowMs } = delivery;
  const { destination, id } = inventory;
  const target = await store.requireBucket(destination.bucket);
  if (target.ownerId !== bucket.ownerId) {
    throw new ServerError(
      "BucketOfAnother",
      "state",
      `inventories go to buckets of the same owner: ${destination.bucket} is not of the owner of ${bucket.name}`,
    );
  }
  const put = async (objectKey: string, body: AsyncIterable<Uint8Array>, contentType: string) =>
    store.putObject({
      bucket: destination.bucket,
      objectKey,
      ownerId: target.ownerId,
      body,
      integrity: {},
      conditions: {},
      plan: { scheme: "sse-s3" },
      headers: { contentType },
      userMetadata: {},
      tags: {},
      storageClass: "STANDARD",
    });
  const data = `${rootOf(bucket.name, id, destination.prefix)}/data/${dataId}.csv.gz`;
  const digest = createHash("md5");
  let sizeBytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    const zipped = createGzip();
    // What fails among the lines destroys both, and is thrown below.
    pipeline(Readable.from(lines), zipped, () => {});
    for await (const piece of zipped as AsyncIterable<Buffer>) {
      digest.update(piece);
      sizeBytes += piece.length;
      yield piece;
    }
  };
  await put(data, counted(), "application/gzip");
  const manifest = JSON.stringify({
    sourceBucket: bucket.name,
    destinationBucket: `arn:aws:s3:::${destination.bucket}`,
    version: "2016-11-30",
    creationTimestamp: String(nowMs),
    fileFormat: "CSV",
    fileSchema: inventorySchema(inventory),
    files: [{ key: data, size: sizeBytes, MD5checksum: digest.digest("hex") }],
  });
  await put(`${folder}/manifest.json`, once(manifest), "application/json");
  const checksum = createHash("md5").update(manifest).digest("hex");
  await put(`${folder}/manifest.checksum`, once(checksum), "text/plain");
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, "utf8");
}
