import { readBucket } from "../buckets/read-bucket.ts";
import type { Engine } from "../engine.ts";
import { endOfPrefix } from "../index/index-port.ts";
import type { MultipartUpload } from "../model.ts";
import { toMultipartUpload } from "../multipart/read-upload.ts";
import type { ListMultipartUploadsInput, ListMultipartUploadsPage } from "../object-store.ts";
import {
  objectKeyOf,
  objectPrefix,
  successor,
  tablePrefix,
  uploadKey,
  VERSION_TAIL_BYTES,
} from "../record-keys.ts";
import { decodeUpload } from "../records.ts";
import { encodeTail, parseId } from "../version-id.ts";
import { RollUp } from "./roll-up.ts";

const READ = 250;

/** Uploads in progress by key, then by when they began. */
export async function listMultipartUploads(
  engine: Engine,
  input: ListMultipartUploadsInput,
): Promise<ListMultipartUploadsPage> {
  const { bucket, prefix, delimiter, limit } = input;
  await readBucket(engine, bucket);
  const uploads: MultipartUpload[] = [];
  const commonPrefixes: string[] = [];
  if (limit === 0) return { uploads, commonPrefixes, next: null };
  const to = endOfPrefix(tablePrefix("upload", bucket, prefix));
  const rollUp = new RollUp(prefix, delimiter, input.keyMarker);
  let from = startAt(input);
  let next = { keyMarker: "", uploadIdMarker: "" };
  for (;;) {
    const page = await engine.index.list({ from, to, limit: READ });
    for (const stored of page) {
      const objectKey = objectKeyOf(stored.key, bucket, VERSION_TAIL_BYTES);
      const what = rollUp.classify(objectKey);
      if (what === "grouped") continue;
      if (uploads.length + commonPrefixes.length === limit) return { uploads, commonPrefixes, next };
      if (what === "key") {
        const upload = toMultipartUpload(objectKey, decodeUpload(stored.value));
        uploads.push(upload);
        next = { keyMarker: objectKey, uploadIdMarker: upload.uploadId };
      } else {
        commonPrefixes.push(what.commonPrefix);
        next = { keyMarker: what.commonPrefix, uploadIdMarker: "" };
      }
    }
    const end = page.at(-1);
    if (end === undefined || page.length < READ) return { uploads, commonPrefixes, next: null };
    from = successor(end.key);
  }
}

function startAt({ bucket, prefix, keyMarker, uploadIdMarker }: ListMultipartUploadsInput): Buffer {
  const start = tablePrefix("upload", bucket, prefix);
  if (keyMarker === "") return start;
  const tail = uploadIdMarker === "" ? null : parseId(uploadIdMarker);
  const after =
    tail === null
      ? endOfPrefix(objectPrefix("upload", bucket, keyMarker))
      : successor(uploadKey(bucket, keyMarker, encodeTail(tail)));
  return Buffer.compare(start, after) > 0 ? start : after;
}
