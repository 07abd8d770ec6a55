import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { xmlTexts } from "../../harness/wire-client.ts";
import { type BadInputBench, type BadInputCase, BUCKET } from "./bad-input-bench.ts";

const CUSTOMER_KEY = Buffer.alloc(32, 7);
const CUSTOMER_HEADERS = {
  "x-amz-server-side-encryption-customer-algorithm": "AES256",
  "x-amz-server-side-encryption-customer-key": CUSTOMER_KEY.toString("base64"),
  "x-amz-server-side-encryption-customer-key-md5": createHash("md5").update(CUSTOMER_KEY).digest("base64"),
};

/** Headers that no write path takes: refused, and nothing is stored. */
const REFUSED: readonly {
  readonly name: string;
  readonly headers: Record<string, string>;
  readonly status: readonly number[];
}[] = [
  // New buckets block keys of customers.
  { name: "customer key", headers: CUSTOMER_HEADERS, status: [403] },
  {
    name: "customer key without its digest",
    headers: { ...CUSTOMER_HEADERS, "x-amz-server-side-encryption-customer-key-md5": "AAAA" },
    status: [403, 400],
  },
  {
    name: "customer key and aws:kms",
    headers: { ...CUSTOMER_HEADERS, "x-amz-server-side-encryption": "aws:kms" },
    status: [403, 400],
  },
  {
    name: "key that is nowhere",
    headers: {
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-aws-kms-key-id": "00000000-0000-0000-0000-000000000000",
    },
    status: [400],
  },
  {
    name: "context that is no JSON",
    headers: {
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-context": "bm90IGpzb24=",
    },
    status: [400],
  },
  {
    name: "KMS key id alone",
    headers: { "x-amz-server-side-encryption-aws-kms-key-id": "k" },
    status: [400],
  },
  {
    name: "encryption context alone",
    headers: { "x-amz-server-side-encryption-context": "e30=" },
    status: [400],
  },
  ...["aes256", "AES-256", "AWS:KMS", "aes:kms", "AES256,AES256", "none", ""].map((value) => ({
    name: `algorithm ${JSON.stringify(value)}`,
    headers: { "x-amz-server-side-encryption": value },
    status: [400],
  })),
  {
    name: "copy-source customer key",
    headers: { "x-amz-copy-source-server-side-encryption-customer-algorithm": "AES256" },
    status: [400],
  },
];

type WritePath = (
  bench: BadInputBench,
  objectKey: string,
  headers: Record<string, string>,
) => ReturnType<BadInputBench["send"]>;

const WRITE_PATHS: Readonly<Record<string, WritePath>> = {
  PutObject: (bench, objectKey, headers) => bench.send({ objectKey, headers, body: Buffer.from("x") }),
  CopyObject: (bench, objectKey, headers) =>
    bench.send({ objectKey, headers: { ...headers, "x-amz-copy-source": `/${BUCKET}/control` } }),
  CreateMultipartUpload: (bench, objectKey, headers) =>
    bench.send({ method: "POST", objectKey, query: [["uploads", ""]], headers }),
};

const cases: BadInputCase[] = Object.entries(WRITE_PATHS).flatMap(([operation, write]) =>
  REFUSED.filter(({ name }) => operation === "CopyObject" || !name.startsWith("copy-source")).map(
    ({ name, headers, status }): BadInputCase => ({
      name: `[L-51] [L-52] [L-53] [L-54] ${operation} with ${name}`,
      run: async (bench) => {
        const objectKey = bench.newKey();
        const answer = await write(bench, objectKey, headers);
        const expected = status.find((candidate) => candidate === answer.status) ?? status[0] ?? 400;
        const codes =
          expected === 403
            ? ["AccessDenied"]
            : [
                "InvalidArgument",
                "InvalidRequest",
                "InvalidEncryptionAlgorithmError",
                "KMS.NotFoundException",
              ];
        bench.expect(answer, { status: expected, codes }, `${operation} with ${name}`);
        await bench.assertNothingStored(objectKey, name);
        await assertNoUpload(bench, objectKey, name);
      },
    }),
  ),
);

/** What is asked for is done or refused, never quietly something else. */
const HONOURED: readonly (readonly [scheme: string, headers: Record<string, string>])[] = [
  ["AES256", { "x-amz-server-side-encryption": "AES256" }],
  ["aws:kms", { "x-amz-server-side-encryption": "aws:kms" }],
  ["aws:kms:dsse", { "x-amz-server-side-encryption": "aws:kms:dsse" }],
  // A bucket key is a way to use a KMS key, and says nothing without one.
  ["AES256", { "x-amz-server-side-encryption-bucket-key-enabled": "true" }],
];

const honoured: BadInputCase[] = Object.entries(WRITE_PATHS).flatMap(([operation, write]) =>
  HONOURED.map(
    ([scheme, headers]): BadInputCase => ({
      name: `[L-51] [L-52] [L-53] [L-54] ${operation} answers ${scheme} to ${Object.values(headers).join()}`,
      run: async (bench) => {
        const answer = await write(bench, bench.newKey(), headers);
        bench.expect(answer, { status: 200, codes: [] }, operation);
        const told = /^x-amz-server-side-encryption: *(.*?)\r?$/im.exec(answer.text)?.[1];
        assert.equal(told, scheme, operation);
        const hasKey = /^x-amz-server-side-encryption-aws-kms-key-id: *arn:aws:kms:/im.test(answer.text);
        assert.equal(hasKey, scheme !== "AES256", "a key of the key service is named when one is used");
      },
    }),
  ),
);

async function assertNoUpload(bench: BadInputBench, objectKey: string, what: string): Promise<void> {
  const { client } = bench.server;
  const listed = await client.request({
    method: "GET",
    bucket: BUCKET,
    query: { uploads: "", prefix: objectKey },
  });
  if (xmlTexts(listed.body, "UploadId").length > 0) throw new Error(`${what}: an upload was left`);
}

export const ENCRYPTION_CASES: readonly BadInputCase[] = [...cases, ...honoured];
