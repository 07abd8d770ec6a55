import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { printHead, type RawAnswer } from "../../harness/raw-exchange.ts";
import {
  encodeKeyPath,
  presignQuery,
  printQuery,
  sha256Hex,
  signatureOf,
  timestampOf,
  UNSIGNED_PAYLOAD,
} from "../../harness/sigv4-signer.ts";
import {
  type BadInputBench,
  type BadInputCase,
  BUCKET,
  CONTROL_KEY,
  type Expectation,
} from "./bad-input-bench.ts";

const SKEW_MS = 15 * 60_000;
/** What passes between signing and judging, with room for a slow machine. */
const LEEWAY_MS = 5_000;
const SIGNATURE: Expectation = { status: 403, codes: ["SignatureDoesNotMatch"] };
const UNSIGNED: Expectation = { status: 403, codes: ["AccessDenied"] };
const BAD_QUERY: Expectation = { status: 400, codes: ["AuthorizationQueryParametersError"] };

interface Presigned {
  readonly method?: string;
  readonly path?: string;
  readonly query?: readonly (readonly [string, string])[];
  /** Signed by name, and sent. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly expiresSeconds?: number;
  readonly dateMs?: number;
}

function presignedTarget(bench: BadInputBench, input: Presigned): string {
  const { environment } = bench.server;
  const path = input.path ?? `/${BUCKET}/${CONTROL_KEY}`;
  const query = presignQuery({
    method: input.method ?? "GET",
    path,
    query: input.query ?? [],
    headers: { host: new URL(environment.endpoint).host, ...input.headers },
    credentials: environment.credentials,
    region: environment.region,
    expiresSeconds: input.expiresSeconds ?? 60,
    ...(input.dateMs === undefined ? {} : { dateMs: input.dateMs }),
  });
  return `${path}?${printQuery(query)}`;
}

/** Sends a target as it stands, with these headers beside `host`. */
function sendTarget(
  bench: BadInputBench,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  body = "",
): Promise<RawAnswer> {
  const host = new URL(bench.server.environment.endpoint).host;
  const framing = { host, "content-length": String(body.length), ...headers };
  return bench.exchange({ send: [printHead(method, target, framing), body] });
}

const OK: Expectation = { status: 200, codes: [] };

/** The clock may differ by fifteen minutes, and not by more; S3 judges to the second. */
const clockCases: BadInputCase[] = [
  [-SKEW_MS + LEEWAY_MS, OK, OK],
  [SKEW_MS - LEEWAY_MS, OK, OK],
  [-SKEW_MS - LEEWAY_MS, { status: 403, codes: ["RequestTimeTooSkewed"] }, OK],
  [SKEW_MS + LEEWAY_MS, { status: 403, codes: ["RequestTimeTooSkewed"] }, UNSIGNED],
].map(([offset, inHeader, inUrl]) => ({
  name: `signed at now ${Number(offset) / 1000} s`,
  run: async (bench) => {
    const dateMs = Date.now() + Number(offset);
    const { head } = bench.head({ method: "GET", objectKey: CONTROL_KEY, dateMs });
    bench.expect(await bench.exchange({ send: [head] }), inHeader as Expectation, "header");
    const target = presignedTarget(bench, { dateMs, expiresSeconds: 3600 });
    bench.expect(await sendTarget(bench, "GET", target), inUrl as Expectation, "presigned URL");
  },
}));

const expiryCases: BadInputCase[] = [
  {
    name: "replay of a presigned URL after it expired",
    run: async (bench) => {
      const target = presignedTarget(bench, { expiresSeconds: 2 });
      bench.expect(await sendTarget(bench, "GET", target), OK, "in time");
      bench.expect(await sendTarget(bench, "GET", target), OK, "again, in time");
      await sleep(2_100);
      const late = await sendTarget(bench, "GET", target);
      bench.expect(late, UNSIGNED, "too late");
      assert.match(late.text, /<Message>Request has expired<\/Message>/);
    },
  },
  ...[0, 604_801, -1].map(
    (expiresSeconds): BadInputCase => ({
      name: `a presigned URL for ${expiresSeconds} seconds`,
      run: async (bench) => {
        const target = presignedTarget(bench, { expiresSeconds });
        const expected = expiresSeconds === 0 ? UNSIGNED : BAD_QUERY;
        bench.expect(await sendTarget(bench, "GET", target), expected, "expires");
      },
    }),
  ),
];

/** Headers whose signing and sending differ. */
const headerCases: BadInputCase[] = [
  {
    name: "a header that was signed and is not sent",
    run: async (bench) => {
      const objectKey = bench.newKey();
      const headers = {
        "content-length": "1",
        "x-amz-meta-a": "1",
        "x-amz-server-side-encryption": "AES256",
      };
      const { head } = bench.head({ objectKey, headers, payloadHash: sha256Hex("x") });
      for (const name of ["x-amz-meta-a", "x-amz-server-side-encryption"]) {
        const without = head.replace(new RegExp(`${name}: .*\r\n`), "");
        bench.expect(await bench.exchange({ send: [without, "x"] }), SIGNATURE, name);
      }
      await bench.assertNothingStored(objectKey, "signed, not sent");
    },
  },
  ...[
    "x-amz-meta-a",
    "x-amz-acl",
    "x-amz-server-side-encryption",
    "x-amz-tagging",
    "x-amz-storage-class",
  ].map(
    (name): BadInputCase => ({
      name: `${name} that is sent and was not signed`,
      run: async (bench) => {
        const objectKey = bench.newKey();
        const { head } = bench.head({
          objectKey,
          headers: { "content-length": "1" },
          payloadHash: sha256Hex("x"),
        });
        const added = head.replace("\r\n\r\n", `\r\n${name}: AES256\r\n\r\n`);
        bench.expect(await bench.exchange({ send: [added, "x"] }), UNSIGNED, "header signature");
        // [L-160]
        const target = presignedTarget(bench, { method: "PUT", path: `/${BUCKET}/${objectKey}` });
        const answer = await sendTarget(bench, "PUT", target, { [name]: "AES256" }, "x");
        bench.expect(answer, UNSIGNED, "presigned URL");
        assert.match(answer.text, new RegExp(`<HeadersNotSigned>${name}</HeadersNotSigned>`));
        await bench.assertNothingStored(objectKey, "sent, not signed");
      },
    }),
  ),
  {
    name: "a signature that leaves out the host",
    run: async (bench) => {
      const { environment } = bench.server;
      const timestamp = timestampOf(Date.now());
      const headers = { "x-amz-date": timestamp, "x-amz-content-sha256": UNSIGNED_PAYLOAD };
      const path = `/${BUCKET}/${CONTROL_KEY}`;
      const signing = signatureOf(
        { ...environment, method: "GET", path, query: [], headers, payloadHash: UNSIGNED_PAYLOAD },
        timestamp,
      );
      const authorization = `AWS4-HMAC-SHA256 Credential=${environment.credentials.accessKeyId}/${signing.scope}, SignedHeaders=x-amz-content-sha256;x-amz-date, Signature=${signing.signature}`;
      bench.expect(await sendTarget(bench, "GET", path, { ...headers, authorization }), UNSIGNED, "host");
    },
  },
];

/** What is put into a presigned URL after it was signed. */
const injectionCases: BadInputCase[] = [
  ["a version", "&versionId=null", SIGNATURE],
  ["another operation", "&acl", SIGNATURE],
  ["a header in disguise", "&x-amz-meta-a=1", SIGNATURE],
  ["a response header", "&response-content-type=text/html", SIGNATURE],
  ["nothing but a name", "&x", SIGNATURE],
  ["a longer life", "&X-Amz-Expires=604800", BAD_QUERY],
  ["a second signature", `&X-Amz-Signature=${"0".repeat(64)}`, BAD_QUERY],
  ["a longer life in lower case", "&x-amz-expires=604800", BAD_QUERY],
  ["another credential", "&X-Amz-Credential=AKIA%2F20200101%2Fus-east-1%2Fs3%2Faws4_request", BAD_QUERY],
  ["a token", "&X-Amz-Security-Token=made-up", { status: 400, codes: ["InvalidToken"] }],
].map(([name, injected, expected]) => ({
  name: `${name} put into a presigned URL`,
  run: async (bench) => {
    const target = presignedTarget(bench, {});
    bench.expect(await sendTarget(bench, "GET", target), OK, "as it was signed");
    bench.expect(await sendTarget(bench, "GET", target + injected), expected as Expectation, "injected");
    const [path = "", query = ""] = target.split("?");
    const first = `${path}?${String(injected).slice(1)}&${query}`;
    bench.expect(await sendTarget(bench, "GET", first), expected as Expectation, "injected in front");
  },
}));

interface PathCase {
  readonly name: string;
  readonly signed: string;
  readonly sent: string;
  readonly expected: Expectation;
}

/** Keys are taken as they are: nothing is normalised, neither before signing nor after. */
const PATHS: readonly PathCase[] = [
  { name: "a path with .. signed as it is", signed: "/a/../b", sent: "/a/../b", expected: OK },
  { name: "a path with .. signed as what it leads to", signed: "/b", sent: "/a/../b", expected: SIGNATURE },
  { name: "a path that leads to what was signed", signed: "/a/../b", sent: "/b", expected: SIGNATURE },
  {
    name: "a path with an empty segment signed without it",
    signed: "/a/b",
    sent: "/a//b",
    expected: SIGNATURE,
  },
  { name: "a path with . signed without it", signed: "/a/b", sent: "/a/./b", expected: SIGNATURE },
  { name: "escaped dots signed as dots", signed: "/a/../b", sent: "/a/%2e%2e/b", expected: OK },
  { name: "a path encoded twice, signed once", signed: "/a%20b", sent: "/a%2520b", expected: SIGNATURE },
  { name: "a path encoded once, signed twice", signed: "/a%2520b", sent: "/a%20b", expected: SIGNATURE },
  { name: "a path encoded twice and signed so", signed: "/a%2520b", sent: "/a%2520b", expected: OK },
  { name: "an escaped slash signed as a slash", signed: "/a/b", sent: "/a%2Fb", expected: OK },
];

const pathCases: BadInputCase[] = PATHS.map(({ name, signed, sent, expected }) => ({
  name,
  run: async (bench) => {
    const folder = bench.newKey();
    const { head } = bench.head({
      rawPath: `/${BUCKET}/${folder}${signed}`,
      headers: { "content-length": "1" },
      payloadHash: sha256Hex("x"),
    });
    const target = `/${BUCKET}/${folder}${sent}`;
    const moved = head.replace(/^PUT \S+/, `PUT ${target}`);
    bench.expect(await bench.exchange({ send: [moved, "x"] }), expected, name);
    const { body } = await bench.server.client.request({
      method: "GET",
      bucket: BUCKET,
      query: { "list-type": "2", prefix: folder, "encoding-type": "url" },
    });
    const keys = [...body.toString().matchAll(/<Key>([^<]*)</g)].map((match) => match[1]);
    const stored = encodeKeyPath(decodeURIComponent(`${folder}${sent}`));
    assert.deepEqual(
      keys,
      expected === OK ? [stored] : [],
      `${name}: stored under its own key or not at all`,
    );
  },
}));

const tokenCases: BadInputCase[] = [
  {
    name: "session tokens that nobody issued",
    run: async (bench) => {
      for (const token of ["", "x", "made-up", "A".repeat(2000), `${"QUJD".repeat(300)}==`]) {
        const headers = { "x-amz-security-token": token };
        const { head } = bench.head({ method: "GET", objectKey: CONTROL_KEY, headers });
        const answer = await bench.exchange({ send: [head] });
        bench.expect(answer, { status: 400, codes: ["InvalidToken"] }, `token of ${token.length} letters`);
        assert.ok(
          token.length < 8 || !answer.text.includes(token),
          "a token is a secret: the answer repeats it",
        );
      }
    },
  },
];

export const SIGNATURE_CASES: readonly BadInputCase[] = [
  ...clockCases,
  ...expiryCases,
  ...headerCases,
  ...injectionCases,
  ...pathCases,
  ...tokenCases,
];
