import type { InputCase } from "./input-bench.ts";
import { BAD_CONTEXT } from "./verdicts.ts";
import { SSE, type WriteRow, writeCase } from "./write-row.ts";

const METHODS = ["aws:kms", "aws:kms:dsse"] as const;
const ofText = (json: string): string => Buffer.from(json).toString("base64");
const ofBytes = (...bytes: number[]): string => Buffer.from(bytes).toString("base64");

/** [name, what stands in the header] */
const NO_MAPS: readonly (readonly [string, string])[] = [
  ["no base64", "not base64!"],
  ["JSON that is not in base64", '{"a":"b"}'],
  ["base64 without its padding", ofText('{"a":"bc"}').replace(/=+$/, "")],
  ["base64url", Buffer.from('{"a":"??>>~~"}').toString("base64url")],
  ["base64 of no JSON", ofText("not json")],
  ["base64 of nothing", ""],
  ["base64 of bytes that are no UTF-8", ofBytes(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x22, 0x22, 0x7d)],
  ["base64 of base64", ofText(ofText('{"a":"b"}'))],
  ["half an object", ofText('{"a":"b"')],
  ["an object and more", ofText('{"a":"b"}{}')],
  ["a list", ofText("[]")],
  ["a list of pairs", ofText('[{"a":"b"}]')],
  ["a text", ofText('"a"')],
  ["a number", ofText("1")],
  ["null", ofText("null")],
  ["a nested object", ofText('{"a":{"b":"c"}}')],
  ["a list for a value", ofText('{"a":["b"]}')],
  ["a number for a value", ofText('{"a":1}')],
  ["true for a value", ofText('{"a":true}')],
  ["null for a value", ofText('{"a":null}')],
  ["one name twice", ofText('{"team":"red","team":"blue"}')],
  ["one pair twice", ofText('{"team":"red","team":"red"}')],
  ["one name twice, once escaped", ofText('{"team":"red","\\u0074eam":"blue"}')],
  ["one name twice, first with an object", ofText('{"a":{"b":"c"},"a":"d"}')],
  ["a name that objects swallow", ofText('{"__proto__":"b"}')],
  ["100,000 brackets", ofText("[".repeat(6000))],
];

const asks = (method: string, context: string): WriteRow["headers"] => [
  [SSE, method],
  [`${SSE}-context`, context],
];

const malformed = NO_MAPS.flatMap(([name, context]) =>
  METHODS.map(
    (method): WriteRow => ({
      name: `§2.2 #5 ${method} with a context that is no map of texts: ${name}`,
      headers: asks(method, context),
      expected: BAD_CONTEXT,
    }),
  ),
);

/** What the key service itself refuses of a map. */
const REFUSED_BY_KMS: readonly (readonly [string, string])[] = [
  ["8 KiB and more", ofText(JSON.stringify({ a: "b".repeat(8192) }))],
  ["half a surrogate pair", ofText('{"a":"\\ud800"}')],
  ["names that differ in their case alone", ofText('{"team":"red","TEAM":"red"}')],
];

const refusedByKms = REFUSED_BY_KMS.flatMap(([name, context]) =>
  METHODS.map(
    (method): WriteRow => ({
      name: `§2.2 #5 ${method} with a context that KMS refuses: ${name}`,
      headers: asks(method, context),
      expected: { status: 400, code: "KMS.ValidationException" },
    }),
  ),
);

const arnOf = (bucket: string, objectKey?: string): string =>
  `arn:aws:s3:::${bucket}${objectKey === undefined ? "" : `/${objectKey}`}`;

/** The pair that S3 adds itself: as text of AWS's is not recorded, its name alone is looked at (§2.2 #9). */
const WRONG_ARN = { status: 400, code: "InvalidArgument", message: /aws:s3:arn/ };
const ARNS: readonly WriteRow[] = [
  ...METHODS.flatMap((method) =>
    [arnOf("another"), "", "arn:aws:s3:::", "*"].map(
      (arn): WriteRow => ({
        name: `§2.2 #9 ${method} with the context aws:s3:arn = ${JSON.stringify(arn)}`,
        headers: asks(method, ofText(JSON.stringify({ "aws:s3:arn": arn }))),
        expected: WRONG_ARN,
      }),
    ),
  ),
  {
    name: "§2.2 #9 the ARN of the object where the bucket's key is used",
    headers: (_bench, { bucket, objectKey }) => [
      [SSE, "aws:kms"],
      [`${SSE}-bucket-key-enabled`, "true"],
      [`${SSE}-context`, ofText(JSON.stringify({ "aws:s3:arn": arnOf(bucket, objectKey) }))],
    ],
    expected: WRONG_ARN,
  },
  {
    name: "§2.2 #9 honoured: the ARN of the object",
    headers: (_bench, { bucket, objectKey }) => [
      [SSE, "aws:kms"],
      [`${SSE}-context`, ofText(JSON.stringify({ "aws:s3:arn": arnOf(bucket, objectKey) }))],
    ],
    expected: "aws:kms",
  },
];

const EMPTY = METHODS.map(
  (method): WriteRow => ({
    name: `§2.2 #5 honoured: ${method} with the context {}, which is none`,
    headers: asks(method, ofText("{}")),
    expected: method,
  }),
);
/** Names and values that look like more than they are. */
const ODD: WriteRow = {
  name: "§2.2 #5 honoured: quotes, colons and brackets within the texts of a context",
  headers: asks("aws:kms", ofText('{ "a\\"b" : "{\\"c\\":\\"d\\"}" , "" : "\\\\" , "é" : ":,\\u007b" }')),
  expected: "aws:kms",
};

export const CONTEXT_CASES: readonly InputCase[] = [
  ...EMPTY,
  ODD,
  ...malformed,
  ...refusedByKms,
  ...ARNS,
].map(writeCase);
