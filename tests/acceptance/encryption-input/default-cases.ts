import assert from "node:assert/strict";
import {
  CELLS,
  encryptionDocument,
  type InputBench,
  type InputCase,
  type Verdict,
  withDigest,
} from "./input-bench.ts";
import type { Pairs } from "./input-client.ts";
import { MALFORMED_XML } from "./verdicts.ts";

/** The bucket whose default no row may change. */
const BUCKET = "keeps-its-default";
const NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const SETTING =
  "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>alias/aws/s3</KMSMasterKeyID></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule>";

interface DocumentRow {
  readonly name: string;
  readonly body: string;
  readonly headers?: Pairs;
  readonly expected: Verdict;
}

const byDefault = (inner: string): string =>
  `<ApplyServerSideEncryptionByDefault>${inner}</ApplyServerSideEncryptionByDefault>`;
const method = (algorithm: string): string => `<SSEAlgorithm>${algorithm}</SSEAlgorithm>`;
const AES256 = byDefault(method("AES256"));
const blocked = (...types: string[]): string =>
  `<BlockedEncryptionTypes>${types.map((type) => `<EncryptionType>${type}</EncryptionType>`).join("")}</BlockedEncryptionTypes>`;

/** Rules of a document that is well-formed else. */
const malformedRules: readonly (readonly [string, string])[] = [
  ["no rule", ""],
  ["an empty rule", "<Rule/>"],
  ["two rules", `<Rule>${AES256}</Rule><Rule>${AES256}</Rule>`],
  ["two rules, one empty", `<Rule>${AES256}</Rule><Rule/>`],
  ["a flag alone", "<Rule><BucketKeyEnabled>true</BucketKeyEnabled></Rule>"],
  ["no method", `<Rule>${byDefault("")}</Rule>`],
  ["a key and no method", `<Rule>${byDefault("<KMSMasterKeyID>k</KMSMasterKeyID>")}</Rule>`],
  ["two methods", `<Rule>${byDefault(method("AES256") + method("aws:kms"))}</Rule>`],
  ["two defaults", `<Rule>${AES256}${byDefault(method("aws:kms"))}</Rule>`],
  [
    "two keys",
    `<Rule>${byDefault(`${method("aws:kms")}<KMSMasterKeyID>a</KMSMasterKeyID><KMSMasterKeyID>b</KMSMasterKeyID>`)}</Rule>`,
  ],
  ...["AES-256", "aes256", "AWS:KMS", "aes:kms", "aws:kms ", " AES256", "aws:fsx", "SSE-C", "none", ""].map(
    (algorithm) =>
      [
        `[L-52] the method ${JSON.stringify(algorithm)}`,
        `<Rule>${byDefault(method(algorithm))}</Rule>`,
      ] as const,
  ),
  ["elements in the method", `<Rule>${byDefault(method("<b>AES256</b>"))}</Rule>`],
  ...["TRUE", "yes", "1", "", " true"].map(
    (flag) =>
      [
        `[L-58] the flag ${JSON.stringify(flag)}`,
        `<Rule>${AES256}<BucketKeyEnabled>${flag}</BucketKeyEnabled></Rule>`,
      ] as const,
  ),
  [
    "two flags",
    `<Rule>${AES256}<BucketKeyEnabled>true</BucketKeyEnabled><BucketKeyEnabled>false</BucketKeyEnabled></Rule>`,
  ],
  // [?] in the reference, down to here: types that there are not, none, and two that contradict.
  ["the blocked type SSE-S3", `<Rule>${AES256}${blocked("SSE-S3")}</Rule>`],
  ["the blocked type sse-c", `<Rule>${AES256}${blocked("sse-c")}</Rule>`],
  ["no blocked type", `<Rule>${AES256}${blocked()}</Rule>`],
  ["the blocked types NONE and SSE-C", `<Rule>${AES256}${blocked("NONE", "SSE-C")}</Rule>`],
  // What is not known might be what protects: "KMSKeyID" is a slip of AWS's own documents (§3.2).
  [
    "an unknown element in the default",
    `<Rule>${byDefault(`${method("aws:kms")}<KMSKeyID>k</KMSKeyID>`)}</Rule>`,
  ],
  ["an unknown element in the rule", `<Rule>${AES256}<Strength>strong</Strength></Rule>`],
  ["an unknown element beside the rule", `<Rule>${AES256}</Rule><Rules/>`],
  [
    "an unknown element among the blocked types",
    `<Rule>${AES256}<BlockedEncryptionTypes><Type>SSE-C</Type><EncryptionType>NONE</EncryptionType></BlockedEncryptionTypes></Rule>`,
  ],
  ["elements in another case", `<rule>${AES256}</rule>`],
];

const bomb = (depth: number): string => {
  const entities = Array.from({ length: depth }, (_, at) => {
    const value = at === 0 ? "AES256" : `&e${at - 1};`.repeat(10);
    return `<!ENTITY e${at} "${value}">`;
  });
  return `<?xml version="1.0"?><!DOCTYPE x [${entities.join("")}]><ServerSideEncryptionConfiguration><Rule>${byDefault(method(`&e${depth - 1};`))}</Rule></ServerSideEncryptionConfiguration>`;
};
const rule = `<Rule>${AES256}</Rule>`;
const malformedDocuments: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["text", "AES256"],
  ["JSON", '{"Rules":[]}'],
  ["another document", `<BucketEncryption ${NAMESPACE}>${rule}</BucketEncryption>`],
  ["a document that does not end", `<ServerSideEncryptionConfiguration>${rule}`],
  ["two documents", `<ServerSideEncryptionConfiguration>${rule}</ServerSideEncryptionConfiguration><x/>`],
  ["an entity bomb", bomb(9)],
  [
    "an entity of a file",
    `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><ServerSideEncryptionConfiguration><Rule>${byDefault(`${method("aws:kms")}<KMSMasterKeyID>&e;</KMSMasterKeyID>`)}</Rule></ServerSideEncryptionConfiguration>`,
  ],
  ["a document of another encoding", "\ufeff".repeat(3)],
];

const ROWS: readonly DocumentRow[] = [
  ...malformedRules.map(
    ([name, rules]): DocumentRow => ({ name, ...encryptionDocument(rules), expected: MALFORMED_XML }),
  ),
  ...malformedDocuments.map(
    ([name, body]): DocumentRow => ({ name, ...withDigest(body), expected: MALFORMED_XML }),
  ),
  ...["k", "alias/aws/s3", ""].map(
    (key): DocumentRow => ({
      name: `a KMS key ${JSON.stringify(key)} with AES256`,
      ...encryptionDocument(
        `<Rule>${byDefault(`${method("AES256")}<KMSMasterKeyID>${key}</KMSMasterKeyID>`)}</Rule>`,
      ),
      expected: {
        status: 400,
        code: "InvalidArgument",
        message:
          "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
        argument: ["ApplyServerSideEncryptionByDefault"],
      },
    }),
  ),
  {
    // [?] for this operation: what S3 says of documents that are too long.
    name: "1 MiB",
    ...encryptionDocument(`${rule}<!-- ${"x".repeat(1 << 20)} -->`),
    expected: { status: 400, code: "MaxMessageLengthExceeded" },
  },
  {
    name: "no digest",
    body: `<ServerSideEncryptionConfiguration>${rule}</ServerSideEncryptionConfiguration>`,
    expected: {
      status: 400,
      code: "InvalidRequest",
      message: "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
    },
  },
  {
    name: "the digest of something else",
    body: `<ServerSideEncryptionConfiguration>${rule}</ServerSideEncryptionConfiguration>`,
    headers: withDigest("else").headers,
    expected: { status: 400, code: "BadDigest" },
  },
];

async function put(bench: InputBench, bucket: string, row: Pick<DocumentRow, "body" | "headers">) {
  const { body, headers = [] } = row;
  return bench.send({ method: "PUT", bucket, query: [["encryption", ""]], body, headers });
}

function documentCase(row: DocumentRow): InputCase {
  return {
    name: `§3.4 [L-53] PutBucketEncryption: ${row.name}`,
    run: async (bench) => {
      const before = await settled(bench);
      bench.expect(await put(bench, BUCKET, row), row.expected, row.name);
      const other = await put(bench, "never-made", row);
      // A bucket that is not there is told before its document is looked at (§8.47).
      bench.expect(other, { status: 404, code: "NoSuchBucket" }, `${row.name}, of no bucket`);
      assert.equal(await bench.bucketEncryption(BUCKET), before, `${row.name}: the default was changed`);
      bench.tally.add("defaults found unchanged");
    },
  };
}

/** The default as it is told; made when the first row asks. */
async function settled(bench: InputBench): Promise<string> {
  const found = await bench.send({ method: "HEAD", bucket: BUCKET });
  if (found.status === 404) {
    await bench.server.makeBucket(BUCKET);
    await bench.putBucketEncryption(BUCKET, SETTING);
  }
  const told = await bench.bucketEncryption(BUCKET);
  assert.ok(told.includes(SETTING), told);
  return told;
}

/** Recorded, or decided where [?]: flags that say nothing are kept. */
const accepted: InputCase = {
  name: "§3.4 [L-58] PutBucketEncryption, honoured: a bucket key with AES256, with DSSE, and a key that is nowhere",
  run: async (bench) => {
    const bucket = "takes-such-defaults";
    await bench.server.makeBucket(bucket);
    const nowhere = "<KMSMasterKeyID>134f2428-cec1-4b25-a1ae-9048164dba47</KMSMasterKeyID>";
    for (const inner of [method("AES256"), method("aws:kms:dsse"), `${method("aws:kms")}${nowhere}`]) {
      const rules = `${byDefault(inner)}<BucketKeyEnabled>true</BucketKeyEnabled>`;
      await bench.putBucketEncryption(bucket, `<Rule>${rules}</Rule>`);
      assert.ok((await bench.bucketEncryption(bucket)).includes(rules));
      bench.tally.add(CELLS);
    }
  },
};

export const DEFAULT_CASES: readonly InputCase[] = [accepted, ...ROWS.map(documentCase)];
