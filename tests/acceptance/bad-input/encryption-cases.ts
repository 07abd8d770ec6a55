import { createHash } from "node:crypto";
import { xmlTexts } from "../../harness/wire-client.ts";
import { type BadInputBench, type BadInputCase, BUCKET } from "./bad-input-bench.ts";

const CUSTOMER_KEY = Buffer.alloc(32, 7);
const CUSTOMER_HEADERS = {
  "x-amz-server-side-encryption-customer-algorithm": "AES256",
  "x-amz-server-side-encryption-customer-key": CUSTOMER_KEY.toString("base64"),
  "x-amz-server-side-encryption-customer-key-md5": createHash("md5").update(CUSTOMER_KEY).digest("base64"),
};

/** Headers for what is not built, or is nonsense: refused by each write path, and nothing is stored. */
const REFUSED: readonly {
  readonly name: string;
  readonly headers: Record<string, string>;
  readonly status: readonly number[];
}[] = [
  { name: "aws:kms", headers: { "x-amz-server-side-encryption": "aws:kms" }, status: [501] },
  { name: "aws:kms:dsse", headers: { "x-amz-server-side-encryption": "aws:kms:dsse" }, status: [501] },
  { name: "customer key", headers: CUSTOMER_HEADERS, status: [501] },
  {
    name: "bucket key",
    headers: { "x-amz-server-side-encryption-bucket-key-enabled": "true" },
    status: [501],
  },
  {
    name: "KMS key id alone",
    headers: { "x-amz-server-side-encryption-aws-kms-key-id": "k" },
    status: [501, 400],
  },
  {
    name: "encryption context alone",
    headers: { "x-amz-server-side-encryption-context": "e30=" },
    status: [501, 400],
  },
  ...["aes256", "AES-256", "AWS:KMS", "aes:kms", "AES256,AES256", "none", ""].map((value) => ({
    name: `algorithm ${JSON.stringify(value)}`,
    headers: { "x-amz-server-side-encryption": value },
    status: [400],
  })),
  {
    name: "copy-source customer key",
    headers: { "x-amz-copy-source-server-side-encryption-customer-algorithm": "AES256" },
    status: [501, 400],
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
        const expected = status.find((candidate) => candidate === answer.status) ?? status[0] ?? 501;
        const codes =
          expected === 501
            ? ["NotImplemented"]
            : ["InvalidArgument", "InvalidRequest", "InvalidEncryptionAlgorithmError"];
        bench.expect(answer, { status: expected, codes }, `${operation} with ${name}`);
        await bench.assertNothingStored(objectKey, name);
        await assertNoUpload(bench, objectKey, name);
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

export const ENCRYPTION_CASES: readonly BadInputCase[] = cases;
