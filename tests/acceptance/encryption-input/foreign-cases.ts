import assert from "node:assert/strict";
import { customerHeaders, KEY } from "./customer-keys.ts";
import { CONTROL_KEY, type InputBench, type InputCase, OPEN, type Verdict } from "./input-bench.ts";
import type { Answer, Pairs } from "./input-client.ts";
import { PART_ENTRIES } from "./part-entries.ts";
import { assertUntouched, uploadsOf } from "./part-uploads.ts";
import { READ_ENTRIES } from "./read-entries.ts";
import { NOT_APPLICABLE, NOT_FOR_OPERATION } from "./verdicts.ts";
import { SSE } from "./write-row.ts";

interface ForeignEntry {
  readonly name: string;
  readonly method: string;
  readonly send: (bench: InputBench, headers: Pairs, target: string) => Promise<Answer>;
}

const NEW_BUCKET = "never-made";

function operation(name: string, method: string, query: Pairs, objectKey?: string, body = ""): ForeignEntry {
  return {
    name,
    method,
    send: (bench, headers) => bench.send({ method, bucket: OPEN, objectKey, query, headers, body }),
  };
}

/** Operations that neither choose how data is sealed nor read any. */
const OTHERS: readonly ForeignEntry[] = [
  operation("DeleteObject", "DELETE", [], CONTROL_KEY),
  operation("DeleteObjects", "POST", [["delete", ""]]),
  operation("GetObjectTagging", "GET", [["tagging", ""]], CONTROL_KEY),
  operation("PutObjectTagging", "PUT", [["tagging", ""]], CONTROL_KEY),
  operation("PutObjectAcl", "PUT", [["acl", ""]], CONTROL_KEY),
  operation("UpdateObjectEncryption", "PUT", [["encryption", ""]], CONTROL_KEY),
  operation("PutBucketEncryption", "PUT", [["encryption", ""]]),
  operation("DeleteBucketEncryption", "DELETE", [["encryption", ""]]),
  operation("GetBucketEncryption", "GET", [["encryption", ""]]),
  operation("ListObjectsV2", "GET", [["list-type", "2"]]),
  operation("ListMultipartUploads", "GET", [["uploads", ""]]),
  operation("HeadBucket", "HEAD", []),
  {
    name: "CreateBucket",
    method: "PUT",
    send: (bench, headers) => bench.send({ method: "PUT", bucket: NEW_BUCKET, headers }),
  },
  {
    name: "AbortMultipartUpload",
    method: "DELETE",
    send: async (bench, headers) => {
      const { bucket, objectKey, uploadId } = (await uploadsOf(bench)).underS3;
      return bench.send({ method: "DELETE", bucket, objectKey, query: [["uploadId", uploadId]], headers });
    },
  },
];

/** A copy chooses how it is sealed; as a reader of its source it takes these headers. */
const READS = READ_ENTRIES.filter(({ name }) => !name.startsWith("CopyObject")).map(
  ({ name, method, send }): ForeignEntry => ({
    name,
    method,
    send: (bench, more, target) => send(bench, { objectKey: CONTROL_KEY, members: [], target, more }),
  }),
);
const PARTS = PART_ENTRIES.map(
  ({ name, send }): ForeignEntry => ({
    name,
    method: "PUT",
    send: async (bench, more) => send(bench, { upload: (await uploadsOf(bench)).underS3, members: [], more }),
  }),
);

function foreignCase(
  name: string,
  headers: Pairs,
  expected: Verdict,
  entries: readonly ForeignEntry[] = [...READS, ...PARTS, ...OTHERS],
): InputCase {
  return {
    name,
    run: async (bench) => {
      const prefix = bench.newPrefix();
      const before = await bench.bucketEncryption(OPEN);
      const sendTo = async (entry: ForeignEntry): Promise<void> => {
        const answer = await entry.send(bench, headers, `${prefix}${entry.name}`);
        bench.expect(answer, expected, `${entry.name}: ${name}`, entry.method);
      };
      await Promise.all(entries.map(sendTo));
      await bench.assertNothingStored(OPEN, prefix, name);
      await assertUntouched(bench, "underS3", (await uploadsOf(bench)).underS3, name);
      assert.equal(await bench.bucketEncryption(OPEN), before, `${name}: the bucket's default was changed`);
      const made = await bench.send({ method: "HEAD", bucket: NEW_BUCKET });
      assert.equal(made.status, 404, `${name}: a bucket was made`);
    },
  };
}

const schemes = ["AES256", "aws:kms", "aws:kms:dsse", "nonsense", ""].map((value) =>
  foreignCase(
    `§2.2 #4 [L-51] [L-54] the method ${JSON.stringify(value)} where none is chosen`,
    [[SSE, value]],
    NOT_FOR_OPERATION(value),
  ),
);

/** Recorded for the method alone; the other headers are refused in the same words. */
const settings = ["-aws-kms-key-id", "-context", "-bucket-key-enabled"].map((end) =>
  foreignCase(`§2.2 #4 [L-54] ${SSE}${end} where no method is chosen`, [[`${SSE}${end}`, "true"]], {
    status: 400,
    code: "InvalidArgument",
    message: `${SSE}${end} header is not supported for this operation.`,
  }),
);

export const FOREIGN_CASES: readonly InputCase[] = [
  ...schemes,
  ...settings,
  // The method is found first, whatever comes with it.
  foreignCase(
    "§2.2 #4 [L-54] aws:kms and a customer's key where no method is chosen",
    [[SSE, "aws:kms"], ...customerHeaders(KEY)],
    NOT_FOR_OPERATION("aws:kms"),
  ),
  foreignCase(
    "§2.3 #9 [L-54] a customer's key where no data is sealed or opened",
    customerHeaders(KEY),
    NOT_APPLICABLE,
    OTHERS,
  ),
];
