import { COPY_SOURCE_CUSTOMER, type Family, headersOf, type Members, SSE_CUSTOMER } from "./customer-keys.ts";
import { type InputBench, OPEN } from "./input-bench.ts";
import type { Answer, Pairs, Sending } from "./input-client.ts";

/** What is to be read, and the members of the family by which the entry point takes a key. */
export interface Read {
  readonly objectKey: string;
  readonly members: Members;
  readonly plain?: boolean | undefined;
  /** Where a copy would go. */
  readonly target: string;
  readonly more?: Pairs;
}

export interface ReadEntry {
  readonly name: string;
  readonly method: "GET" | "HEAD" | "PUT";
  readonly family: Family;
  readonly send: (bench: InputBench, read: Read) => Promise<Answer>;
}

function reader(name: string, method: "GET" | "HEAD", more: Partial<Sending> = {}): ReadEntry {
  return {
    name,
    method,
    family: SSE_CUSTOMER,
    send: (bench, { objectKey, members, plain, more: added = [] }) =>
      bench.send({
        ...more,
        method,
        bucket: OPEN,
        objectKey,
        plain,
        headers: [...(more.headers ?? []), ...headersOf(members), ...added],
      }),
  };
}

const asSource = (objectKey: string): Pairs[number] => ["x-amz-copy-source", `/${OPEN}/${objectKey}`];

/** Every way on which the data of an object, or what is known of it, leaves the server [L-60]. */
export const READ_ENTRIES: readonly ReadEntry[] = [
  reader("GetObject", "GET"),
  reader("GetObject, a range", "GET", { headers: [["range", "bytes=1-2"]] }),
  reader("GetObject, a part", "GET", { query: [["partNumber", "1"]] }),
  reader("GetObject, presigned", "GET", { signed: {} }),
  reader("GetObject, only if changed", "GET", { headers: [["if-none-match", '"x"']] }),
  reader("HeadObject", "HEAD"),
  reader("HeadObject, with its checksum", "HEAD", { headers: [["x-amz-checksum-mode", "ENABLED"]] }),
  reader("HeadObject, presigned", "HEAD", { signed: {} }),
  reader("GetObjectAttributes", "GET", {
    query: [["attributes", ""]],
    headers: [["x-amz-object-attributes", "ETag,ObjectSize,Checksum"]],
  }),
  {
    name: "CopyObject, the source",
    method: "PUT",
    family: COPY_SOURCE_CUSTOMER,
    send: (bench, { objectKey, members, plain, target, more = [] }) =>
      bench.send({
        method: "PUT",
        bucket: OPEN,
        objectKey: target,
        headers: [asSource(objectKey), ...headersOf(members, COPY_SOURCE_CUSTOMER), ...more],
        plain,
      }),
  },
  {
    name: "UploadPartCopy, the source",
    method: "PUT",
    family: COPY_SOURCE_CUSTOMER,
    send: async (bench, { objectKey, members, plain, target, more = [] }) => {
      const upload = await bench.beginUpload(target);
      const answer = await bench.send({
        method: "PUT",
        bucket: OPEN,
        objectKey: target,
        query: [
          ["partNumber", "1"],
          ["uploadId", upload],
        ],
        headers: [asSource(objectKey), ...headersOf(members, COPY_SOURCE_CUSTOMER), ...more],
        plain,
      });
      if (answer.status !== 200) await bench.assertNoPart(target, upload);
      await bench.abortUpload(target, upload);
      return answer;
    },
  },
];
