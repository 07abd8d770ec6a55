import { FORM_CONTENT_TYPE, wholeForm } from "../../harness/signed-form.ts";
import { CONTROL_KEY, type InputBench } from "./input-bench.ts";
import type { Answer, Pairs } from "./input-client.ts";

/** Where new data is to be sealed, and how the request asks for it. */
export interface Write {
  readonly bucket: string;
  readonly objectKey: string;
  readonly headers: Pairs;
  readonly plain?: boolean | undefined;
}

export type WriteEntryName =
  | "PutObject"
  | "PutObject, presigned"
  | "PutObject, presigned with parameters"
  | "PostObject"
  | "CopyObject"
  | "CreateMultipartUpload";

export interface WriteEntry {
  readonly name: WriteEntryName;
  readonly send: (bench: InputBench, write: Write) => Promise<Answer>;
}

/** A URL may hold all that a header says, but a key: a presigner leaves that in the head, and signs it there. */
const staysInHead = (name: string): boolean => name.includes("-customer-key");

/** What a policy would have to repeat may not make the form too long. */
const isLong = ([, value]: Pairs[number]): boolean => value.length > 4096;

/** Every way on which a request chooses how new data is sealed. */
export const WRITE_ENTRIES: readonly WriteEntry[] = [
  {
    name: "PutObject",
    send: (bench, write) => bench.send({ ...write, method: "PUT", body: "content" }),
  },
  {
    name: "PutObject, presigned",
    send: (bench, write) => bench.send({ ...write, method: "PUT", body: "content", signed: {} }),
  },
  {
    name: "PutObject, presigned with parameters",
    send: (bench, { headers, ...write }) =>
      bench.send({
        ...write,
        method: "PUT",
        body: "content",
        query: headers.filter(([name]) => !staysInHead(name)),
        headers: headers.filter(([name]) => staysInHead(name)),
        signed: {},
      }),
  },
  {
    name: "PostObject",
    send: (bench, { bucket, objectKey, headers, plain }) =>
      bench.send({
        method: "POST",
        bucket,
        headers: [["content-type", FORM_CONTENT_TYPE]],
        body: wholeForm(bench.server.environment, {
          bucket,
          objectKey,
          fields: headers.filter((header) => !isLong(header)),
          added: headers.filter(isLong),
          conditions: headers.filter(isLong).map(([name]) => ["starts-with", `$${name}`, ""]),
        }),
        plain,
        signed: "not",
      }),
  },
  {
    name: "CopyObject",
    send: (bench, write) =>
      bench.send({
        ...write,
        method: "PUT",
        headers: [...write.headers, ["x-amz-copy-source", `/${write.bucket}/${CONTROL_KEY}`]],
      }),
  },
  {
    name: "CreateMultipartUpload",
    send: (bench, write) => bench.send({ ...write, method: "POST", query: [["uploads", ""]] }),
  },
];
