import { headersOf, type Members } from "./customer-keys.ts";
import { CONTROL_KEY, type InputBench, OPEN } from "./input-bench.ts";
import type { Answer, Pairs, Sending } from "./input-client.ts";

/** An upload under way with its first part; what a row sends to it must change nothing. */
export interface PartTarget {
  readonly bucket: string;
  readonly objectKey: string;
  readonly uploadId: string;
  readonly etag: string;
}

export interface PartWrite {
  readonly upload: PartTarget;
  readonly members: Members;
  readonly plain?: boolean | undefined;
  /** Headers that are no members. */
  readonly more?: Pairs;
}

export interface PartEntry {
  readonly name: string;
  /** Data is to be sealed by it: it needs the upload's key always. */
  readonly writes: boolean;
  readonly send: (bench: InputBench, write: PartWrite) => Promise<Answer>;
}

function entry(
  name: string,
  writes: boolean,
  make: (upload: PartTarget) => Omit<Sending, "bucket" | "objectKey">,
): PartEntry {
  return {
    name,
    writes,
    send: (bench, { upload, members, plain, more = [] }) => {
      const sending = make(upload);
      return bench.send({
        ...sending,
        bucket: upload.bucket,
        objectKey: upload.objectKey,
        headers: [...(sending.headers ?? []), ...headersOf(members), ...more],
        plain,
      });
    },
  };
}

const ofPart = (uploadId: string): Pairs => [
  ["partNumber", "2"],
  ["uploadId", uploadId],
];

/** What is done to an upload by those who have its key. */
export const PART_ENTRIES: readonly PartEntry[] = [
  entry("UploadPart", true, ({ uploadId }) => ({ method: "PUT", query: ofPart(uploadId), body: "part" })),
  entry("UploadPart, presigned", true, ({ uploadId }) => ({
    method: "PUT",
    query: ofPart(uploadId),
    body: "part",
    signed: {},
  })),
  entry("UploadPartCopy", true, ({ uploadId }) => ({
    method: "PUT",
    query: ofPart(uploadId),
    headers: [["x-amz-copy-source", `/${OPEN}/${CONTROL_KEY}`]],
  })),
  entry("CompleteMultipartUpload", false, ({ uploadId, etag }) => ({
    method: "POST",
    query: [["uploadId", uploadId]],
    body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`,
  })),
  entry("ListParts", false, ({ uploadId }) => ({ method: "GET", query: [["uploadId", uploadId]] })),
];
