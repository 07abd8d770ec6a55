import assert from "node:assert/strict";
import { xmlTexts } from "../../harness/wire-client.ts";
import { COPY_SOURCE_CUSTOMER, customerHeaders, KEY, SSE_CUSTOMER } from "./customer-keys.ts";
import { CONTROL_KEY, type InputCase, OPEN, type Verdict } from "./input-bench.ts";
import type { Pairs, Sending } from "./input-client.ts";
import { NOT_SIGNED, WRONG_SIGNATURE } from "./verdicts.ts";
import { SSE } from "./write-row.ts";

type Place = Pick<Sending, "method" | "bucket" | "objectKey" | "query" | "body"> & {
  readonly headers: Pairs;
};

/** What a presigned URL can be for, and takes headers of the family (reference §1.8). */
const URLS: Readonly<Record<string, (objectKey: string) => Place>> = {
  PutObject: (objectKey) => ({ method: "PUT", bucket: OPEN, objectKey, body: "content", headers: [] }),
  CopyObject: (objectKey) => ({
    method: "PUT",
    bucket: OPEN,
    objectKey,
    headers: [["x-amz-copy-source", `/${OPEN}/${CONTROL_KEY}`]],
  }),
  CreateMultipartUpload: (objectKey) => ({
    method: "POST",
    bucket: OPEN,
    objectKey,
    query: [["uploads", ""]],
    headers: [],
  }),
  UploadPart: (objectKey) => ({
    method: "PUT",
    bucket: OPEN,
    objectKey,
    query: [
      ["partNumber", "1"],
      ["uploadId", "none"],
    ],
    headers: [],
    body: "content",
  }),
  GetObject: () => ({ method: "GET", bucket: OPEN, objectKey: CONTROL_KEY, headers: [] }),
  HeadObject: () => ({ method: "HEAD", bucket: OPEN, objectKey: CONTROL_KEY, headers: [] }),
};

const ENTRIES = Object.entries(URLS);

interface UrlRow {
  readonly name: string;
  /** What was signed for, as headers. */
  readonly signed: Pairs;
  /** What is sent in their place. */
  readonly sent: Pairs;
  readonly expected: Verdict;
}

function urlCase(row: UrlRow): InputCase {
  return eachUrl(`§1.8 [L-160] ${row.name}`, row.expected, (place) => ({
    ...place,
    headers: [...place.headers, ...row.sent],
    signed: { presignedFor: [...place.headers, ...row.signed] },
  }));
}

function eachUrl(name: string, expected: Verdict, make: (place: Place) => Sending): InputCase {
  return {
    name,
    run: async (bench) => {
      const prefix = bench.newPrefix();
      const sendTo = async ([operation, placeOf]: (typeof ENTRIES)[number]): Promise<void> => {
        const place = placeOf(`${prefix}${operation}`);
        const answer = await bench.send(make(place));
        bench.expect(answer, expected, `${operation}: ${name}`, place.method);
        if (place.method !== "HEAD") assertNames(answer.body, expected, name);
      };
      await Promise.all(ENTRIES.map(sendTo));
      await bench.assertNothingStored(OPEN, prefix, name);
    },
  };
}

/** Headers that nobody signed are named, never their values. */
function assertNames(body: string, expected: Verdict, name: string): void {
  if (expected !== NOT_SIGNED) return;
  assert.match(body, /<HeadersNotSigned>x-amz-[a-z0-9, -]+<\/HeadersNotSigned>/, name);
}

const trio = customerHeaders(KEY);
const FAMILY: Pairs = [
  [SSE, "AES256"],
  [SSE, "aws:kms"],
  [`${SSE}-aws-kms-key-id`, "alias/aws/s3"],
  [`${SSE}-context`, "e30="],
  [`${SSE}-bucket-key-enabled`, "true"],
  ...trio,
  ...customerHeaders(KEY, COPY_SOURCE_CUSTOMER),
];

const HEADER_ROWS: readonly UrlRow[] = [
  ...FAMILY.map(
    (header): UrlRow => ({
      name: `sent and not signed: ${header[0]}`,
      signed: [],
      sent: [header],
      expected: NOT_SIGNED,
    }),
  ),
  { name: "a customer's key, sent and not signed", signed: [], sent: trio, expected: NOT_SIGNED },
  {
    name: "a customer's key of which only the algorithm is signed",
    signed: trio.slice(0, 1),
    sent: trio,
    expected: NOT_SIGNED,
  },
  ...FAMILY.map(
    (header): UrlRow => ({
      name: `signed and not sent: ${header[0]}`,
      signed: [header],
      sent: [],
      expected: WRONG_SIGNATURE,
    }),
  ),
  ...FAMILY.map(
    ([name, value]): UrlRow => ({
      name: `signed with another value: ${name}`,
      signed: [[name, value]],
      sent: [[name, `${value}x`]],
      expected: WRONG_SIGNATURE,
    }),
  ),
  {
    name: "signed once and sent twice",
    signed: [[SSE, "aws:kms"]],
    sent: [
      [SSE, "aws:kms"],
      [SSE, "AES256"],
    ],
    expected: WRONG_SIGNATURE,
  },
];

const withQuery = (place: Place, more: Pairs): Pairs => [...(place.query ?? []), ...more];

/** Parameters that stand for headers are part of what is signed. */
const PARAMETER_CASES: readonly InputCase[] = [
  eachUrl("§1.8 [L-160] a parameter that was signed for, taken out", WRONG_SIGNATURE, (place) => ({
    ...place,
    query: withQuery(place, [[SSE, "aws:kms"]]),
    signed: {},
    tamper: (target) => target.replace(`${SSE}=aws%3Akms&`, ""),
  })),
  eachUrl("§1.8 [L-160] a parameter that was signed for, with another value", WRONG_SIGNATURE, (place) => ({
    ...place,
    query: withQuery(place, [[SSE, "aws:kms"]]),
    signed: {},
    tamper: (target) => target.replace(`${SSE}=aws%3Akms`, `${SSE}=AES256`),
  })),
  eachUrl("§1.8 [L-160] a parameter that was not signed for", WRONG_SIGNATURE, (place) => ({
    ...place,
    signed: {},
    tamper: (target) => `${target}&${SSE}=AES256`,
  })),
];

const [ALGORITHM = ["", ""], KEY_HEADER = ["", ""], MD5_HEADER = ["", ""]] = trio;
const [, SOURCE_KEY = ["", ""]] = customerHeaders(KEY, COPY_SOURCE_CUSTOMER);
/**
 * A URL is logged by whatever it passes, so a key in it is none. The reference decides for 400 (§1.8), where the table
 * has 403; both say that nothing is done.
 */
const IN_QUERY: Verdict = {
  status: 400,
  code: "InvalidRequest",
  message: "Keys of Server Side Encryption with Customer provided keys must be sent in headers.",
};
const QUERIES: readonly (readonly [string, Pairs])[] = [
  ["all three", [ALGORITHM, KEY_HEADER, MD5_HEADER]],
  ["the key", [KEY_HEADER]],
  ["the MD5", [ALGORITHM, MD5_HEADER]],
  ["the key of a copy's source", [SOURCE_KEY]],
  ["the key, in capitals", [[KEY_HEADER[0].toUpperCase(), KEY_HEADER[1]]]],
  ["the key, mixed", [["X-Amz-Server-Side-Encryption-Customer-Key", KEY_HEADER[1]]]],
];

const KEY_IN_QUERY = QUERIES.flatMap(([name, parameters]) => [
  eachUrl(`§1.8 [L-114] a customer's key in the query, presigned: ${name}`, IN_QUERY, (place) => ({
    ...place,
    query: withQuery(place, parameters),
    signed: {},
  })),
  eachUrl(`§1.8 [L-114] a customer's key in the query, signed in the head: ${name}`, IN_QUERY, (place) => ({
    ...place,
    query: withQuery(place, parameters),
  })),
  eachUrl(`§1.8 [L-114] a customer's key in the query, unsigned: ${name}`, IN_QUERY, (place) => ({
    ...place,
    query: withQuery(place, parameters),
    signed: "not",
  })),
]);

/** What is signed wrongly is answered with what the server signed: without the values of headers (§8.21). */
const REPEATED: InputCase = {
  name: "§8.21 [L-112] a wrong signature over a customer's key: its answer repeats no key",
  run: async (bench) => {
    const objectKey = `${bench.newPrefix()}k`;
    const place = { method: "PUT", bucket: OPEN, objectKey, headers: trio, body: "content" };
    const answer = await bench.send({ ...place, tamper: (target) => `${target}?x=1` });
    bench.expect(answer, WRONG_SIGNATURE, "signed for another target");
    const canonical = xmlTexts(answer.body, "CanonicalRequest")[0] ?? "";
    const spaced = xmlTexts(answer.body, "CanonicalRequestBytes")[0] ?? "";
    assert.ok(canonical.includes(`${SSE_CUSTOMER}-key:[secret]\n`), canonical);
    assert.equal(Buffer.from(spaced.replaceAll(" ", ""), "hex").toString(), canonical);
    await bench.assertNothingStored(OPEN, objectKey, "signed for another target");
  },
};

export const PRESIGNED_CASES: readonly InputCase[] = [
  ...HEADER_ROWS.map(urlCase),
  ...PARAMETER_CASES,
  ...KEY_IN_QUERY,
  REPEATED,
];
