import { customerHeaders, headersOf, KEY, membersOf, SSE_CUSTOMER } from "./customer-keys.ts";
import { BLOCKING, type InputCase } from "./input-bench.ts";
import type { Pairs } from "./input-client.ts";
import {
  FORM_NAMES_TWICE,
  INCOMPATIBLE,
  KMS_NOT_SECURE,
  NEEDS_KMS,
  NOT_SUPPORTED,
  PARAMETER_TWICE,
} from "./verdicts.ts";
import { SSE, type WriteRow, writeCase } from "./write-row.ts";

const KEY_ID = `${SSE}-aws-kms-key-id`;
const CONTEXT = `${SSE}-context`;
const BUCKET_KEY = `${SSE}-bucket-key-enabled`;
const trio = customerHeaders(KEY);

/** Values that are no method, or not one of a bucket's (reference §1.1). */
const NO_METHODS = [
  "AES-256",
  "aes256",
  "AES128",
  "AES256 ",
  "aws:KMS",
  "AWS:KMS",
  "aes:kms",
  "aws:kms ",
  "aws:kms:dsse:dsse",
  "aws:kms:DSSE",
  "aws:fsx",
  "aws:backup",
  "AES256,AES256",
  "AES256,aws:kms",
  "SSE-C",
  "none",
  "null",
  "true",
  "",
];

const valueRows = NO_METHODS.map(
  (value): WriteRow => ({
    name: `§2.2 #1 [L-51] [L-52] [L-53] the method ${JSON.stringify(value)}`,
    headers: [[SSE, value]],
    expected: NOT_SUPPORTED(value),
    // White space around a header's value is no part of it.
    ...(value.endsWith(" ") ? { only: ["PostObject", "PutObject, presigned with parameters"] as const } : {}),
  }),
);

const twice = (first: string, second: string): WriteRow => ({
  name: `§2.2 #1 [L-52] the header twice, ${first} and ${second}`,
  headers: [
    [SSE, first],
    [SSE, second],
  ],
  expected: NOT_SUPPORTED(`${first},${second}`),
  on: { PostObject: FORM_NAMES_TWICE, "PutObject, presigned with parameters": PARAMETER_TWICE },
});

/** Every pair of schemes in one request, by the one that is named first in the fault (§2.2 #2 #3 #6). */
const CONFLICTS: readonly WriteRow[] = [
  { name: "§2.2 #2 a KMS key id alone", headers: [[KEY_ID, "alias/aws/s3"]], expected: NEEDS_KMS },
  { name: "§2.2 #2 an empty KMS key id alone", headers: [[KEY_ID, ""]], expected: NEEDS_KMS },
  {
    name: "§2.2 #2 AES256 and a KMS key id",
    headers: [
      [SSE, "AES256"],
      [KEY_ID, "alias/aws/s3"],
    ],
    expected: NEEDS_KMS,
  },
  // [?] in the reference: with the words of #2.
  { name: "§2.2 #6 a context alone", headers: [[CONTEXT, "e30="]], expected: NEEDS_KMS },
  {
    name: "§2.2 #6 AES256 and a context",
    headers: [
      [SSE, "AES256"],
      [CONTEXT, "eyJhIjoiYiJ9"],
    ],
    expected: NEEDS_KMS,
  },
  {
    name: "§2.2 #2 a customer's key and a KMS key id",
    headers: [...trio, [KEY_ID, "k"]],
    expected: NEEDS_KMS,
  },
  {
    name: "§2.2 #6 a customer's key and a context",
    headers: [...trio, [CONTEXT, "e30="]],
    expected: NEEDS_KMS,
  },
  ...["AES256", "aws:kms", "aws:kms:dsse", "nonsense", ""].map(
    (value): WriteRow => ({
      name: `§2.2 #3 a customer's key and the method ${JSON.stringify(value)}`,
      headers: [[SSE, value], ...trio],
      expected: INCOMPATIBLE(value),
    }),
  ),
  {
    name: "§2.2 #3 a customer's algorithm that is none, and AES256: the pair is found first",
    headers: [
      [SSE, "AES256"],
      [`${SSE_CUSTOMER}-algorithm`, "KMS"],
    ],
    expected: INCOMPATIBLE("AES256"),
  },
  {
    name: "§2.2 #3 a customer's key without its algorithm, and aws:kms with a key id",
    headers: [[SSE, "aws:kms"], [KEY_ID, "alias/aws/s3"], ...headersOf(membersOf(KEY).slice(1))],
    expected: INCOMPATIBLE("aws:kms"),
  },
];

/** [?] in the reference: flags that are neither true nor false, and headers of the family that nobody knows. */
const FLAGS: readonly WriteRow[] = [
  ...["TRUE", "yes", "1", "true,true", ""].flatMap((flag) =>
    ["aws:kms", "aws:kms:dsse", "AES256"].map(
      (method): WriteRow => ({
        name: `§2.2 #7 ${method} with the bucket key flag ${JSON.stringify(flag)}`,
        headers: [
          [SSE, method],
          [BUCKET_KEY, flag],
        ],
        expected: { status: 400, code: "InvalidArgument", argument: [BUCKET_KEY, flag] },
      }),
    ),
  ),
  ...["-algorithm", "-aws-bucket-key-enabled", "-customer", "-kms-key-id"].map(
    (end): WriteRow => ({
      name: `[L-54] a header of the family that is none: ${end}`,
      headers: [[`${SSE}${end}`, "AES256"]],
      expected: { status: 501, code: "NotImplemented" },
    }),
  ),
];

const overHttp = ["aws:kms", "aws:kms:dsse"].map(
  (method): WriteRow => ({
    name: `§2.6 [L-168] ${method} over http`,
    headers: [[SSE, method]],
    plain: true,
    expected: KMS_NOT_SECURE,
  }),
);

const control = (name: string, headers: Pairs, expected: WriteRow["expected"], more = {}): WriteRow => ({
  name: `[L-54] honoured: ${name}`,
  headers,
  expected,
  ...more,
});

/** What is asked for rightly is done on each of them, so that nothing was refused for another reason. */
const HONOURED: readonly WriteRow[] = [
  control("nothing", [], "AES256"),
  control("AES256", [[SSE, "AES256"]], "AES256"),
  control("AES256 over http (§2.6)", [[SSE, "AES256"]], "AES256", { plain: true }),
  control("aws:kms without a key id (§2.2 #10)", [[SSE, "aws:kms"]], "aws:kms"),
  control("aws:kms:dsse", [[SSE, "aws:kms:dsse"]], "aws:kms:dsse"),
  control("a customer's key (§2.3)", trio, "customer"),
  control("AES256 where customers' keys are blocked", [[SSE, "AES256"]], "AES256", { bucket: BLOCKING }),
  // §2.2 #6 #8: decided, a flag that says nothing there.
  control("AES256 and a bucket key", [[BUCKET_KEY, "true"]], "AES256"),
  control(
    "aws:kms:dsse and a bucket key",
    [
      [SSE, "aws:kms:dsse"],
      [BUCKET_KEY, "true"],
    ],
    "aws:kms:dsse",
  ),
];

export const SCHEME_CASES: readonly InputCase[] = [
  ...HONOURED,
  ...valueRows,
  twice("AES256", "AES256"),
  twice("AES256", "aws:kms"),
  twice("aws:kms", "AES256"),
  ...CONFLICTS,
  ...FLAGS,
  ...overHttp,
].map(writeCase);
