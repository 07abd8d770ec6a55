import assert from "node:assert/strict";
import { xmlTexts } from "../../harness/wire-client.ts";
import { type BadInputBench, type BadInputCase, BUCKET, type Expectation } from "./bad-input-bench.ts";

interface OpenUpload {
  readonly objectKey: string;
  readonly uploadId: string;
}

async function begin(bench: BadInputBench): Promise<OpenUpload> {
  const objectKey = bench.newKey();
  const { client } = bench.server;
  const created = await client.request({ method: "POST", bucket: BUCKET, objectKey, query: { uploads: "" } });
  const uploadId = xmlTexts(created.body, "UploadId")[0];
  assert.ok(uploadId !== undefined, `CreateMultipartUpload: ${created.status} ${created.body}`);
  return { objectKey, uploadId };
}

async function putPart(
  bench: BadInputBench,
  upload: OpenUpload,
  partNumber: number,
  body: Buffer,
): Promise<string> {
  const query = { partNumber: String(partNumber), uploadId: upload.uploadId };
  const { client } = bench.server;
  const put = await client.request({
    method: "PUT",
    bucket: BUCKET,
    objectKey: upload.objectKey,
    query,
    body,
  });
  assert.equal(put.status, 200, String(put.body));
  return put.headers.etag ?? "";
}

type NamedPart = readonly [partNumber: number | string, etag: string];

const document = (parts: readonly NamedPart[]): Buffer =>
  Buffer.from(
    `<CompleteMultipartUpload>${parts
      .map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`)
      .join("")}</CompleteMultipartUpload>`,
  );

/** Tries to complete an upload wrongly, sees the refusal, sees nothing stored, and aborts. */
function wrongCompletion(
  name: string,
  expected: Expectation,
  makeBody: (bench: BadInputBench, upload: OpenUpload) => Promise<Buffer>,
): BadInputCase {
  return {
    name: `complete: ${name}`,
    run: async (bench) => {
      const upload = await begin(bench);
      const body = await makeBody(bench, upload);
      const query: [string, string][] = [["uploadId", upload.uploadId]];
      const answer = await bench.send({ method: "POST", objectKey: upload.objectKey, query, body });
      bench.expect(answer, expected, name);
      await bench.assertNothingStored(upload.objectKey, name);
      const { client } = bench.server;
      const address = { bucket: BUCKET, objectKey: upload.objectKey, query: { uploadId: upload.uploadId } };
      const aborted = await client.request({ method: "DELETE", ...address });
      assert.equal(aborted.status, 204, `${name}: the upload was lost by it: ${aborted.status}`);
    },
  };
}

const SMALL = Buffer.from("small part");
const NO_ETAG = `"${"0".repeat(32)}"`;
const MALFORMED: Expectation = { status: 400, codes: ["MalformedXML"] };

const completions: BadInputCase[] = [
  wrongCompletion(
    "a part that is too small before the last",
    { status: 400, codes: ["EntityTooSmall"] },
    async (bench, upload) =>
      document([
        [1, await putPart(bench, upload, 1, SMALL)],
        [2, await putPart(bench, upload, 2, SMALL)],
      ]),
  ),
  wrongCompletion("parts out of order", { status: 400, codes: ["InvalidPartOrder"] }, async (bench, upload) =>
    document([
      [2, await putPart(bench, upload, 2, SMALL)],
      [1, await putPart(bench, upload, 1, SMALL)],
    ]),
  ),
  wrongCompletion(
    "the same part twice",
    { status: 400, codes: ["InvalidPartOrder"] },
    async (bench, upload) => {
      const etag = await putPart(bench, upload, 1, SMALL);
      return document([
        [1, etag],
        [1, etag],
      ]);
    },
  ),
  wrongCompletion("a part that was never sent", { status: 400, codes: ["InvalidPart"] }, async () =>
    document([[1, NO_ETAG]]),
  ),
  wrongCompletion(
    "another ETag than the part's",
    { status: 400, codes: ["InvalidPart"] },
    async (bench, upload) => {
      await putPart(bench, upload, 1, SMALL);
      return document([[1, NO_ETAG]]);
    },
  ),
  wrongCompletion("no parts", MALFORMED, async () => document([])),
  wrongCompletion("10,001 parts", MALFORMED, async () =>
    document(Array.from({ length: 10_001 }, (_, index): NamedPart => [index + 1, NO_ETAG])),
  ),
  wrongCompletion(
    "part number 0",
    { status: 400, codes: ["MalformedXML", "InvalidArgument", "InvalidPart"] },
    async () => document([[0, NO_ETAG]]),
  ),
  wrongCompletion("part number that is no number", MALFORMED, async () => document([["one", NO_ETAG]])),
  wrongCompletion("no document", { status: 400, codes: ["MalformedXML", "InvalidRequest"] }, async () =>
    Buffer.alloc(0),
  ),
];

const partNumbers: BadInputCase[] = ["0", "10001", "-1", "1e3", "", "99999999999999999999"].map(
  (partNumber) => ({
    name: `part number ${partNumber || "empty"}`,
    run: async (bench) => {
      const { objectKey, uploadId } = await begin(bench);
      const query: [string, string][] = [
        ["partNumber", partNumber],
        ["uploadId", uploadId],
      ];
      const answer = await bench.send({ objectKey, query, body: SMALL });
      bench.expect(answer, { status: 400, codes: ["InvalidArgument"] }, `part number ${partNumber}`);
    },
  }),
);

const uploadIds: BadInputCase[] = ["", "x", "../../etc", "u".repeat(5000), "a\0b", "%00"].map((uploadId) => ({
  name: `upload id ${JSON.stringify(uploadId.slice(0, 20))}`,
  run: async (bench) => {
    const query: [string, string][] = [
      ["partNumber", "1"],
      ["uploadId", uploadId],
    ];
    const objectKey = bench.newKey();
    const answer = await bench.send({ objectKey, query, body: SMALL });
    const status = answer.status === 400 ? 400 : 404;
    bench.expect(
      answer,
      { status, codes: ["NoSuchUpload", "InvalidArgument", "InvalidRequest"] },
      "upload id",
    );
    await bench.assertNothingStored(objectKey, "upload id");
  },
}));

const otherKey: BadInputCase = {
  name: "a part for another key than the upload's",
  run: async (bench) => {
    const { uploadId } = await begin(bench);
    const query: [string, string][] = [
      ["partNumber", "1"],
      ["uploadId", uploadId],
    ];
    const answer = await bench.send({ objectKey: bench.newKey(), query, body: SMALL });
    bench.expect(answer, { status: 404, codes: ["NoSuchUpload"] }, "another key");
  },
};

export const MULTIPART_CASES: readonly BadInputCase[] = [
  ...completions,
  ...partNumbers,
  ...uploadIds,
  otherKey,
];
