import assert from "node:assert/strict";
import { printHead, type RawAnswer } from "../../harness/raw-exchange.ts";
import {
  FORM_CONTENT_TYPE,
  FORM_END,
  formField,
  formFile,
  wholeForm as makeForm,
  type SignedForm,
  signedFields as signForm,
} from "../../harness/signed-form.ts";
import { type BadInputBench, type BadInputCase, BUCKET, type Expectation } from "./bad-input-bench.ts";

const DENIED: Expectation = { status: 403, codes: ["AccessDenied"] };
const MALFORMED: Expectation = { status: 400, codes: ["MalformedPOSTRequest"] };

type Form = Omit<SignedForm, "bucket">;

const part = formField;
const filePart = formFile;
const END = FORM_END;
const signedFields = (bench: BadInputBench, form: Form): string =>
  signForm(bench.server.environment, { bucket: BUCKET, ...form });
const wholeForm = (bench: BadInputBench, form: Form, content?: string): string =>
  makeForm(bench.server.environment, { bucket: BUCKET, ...form }, content);

interface Sending {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly declared?: number;
  readonly afterwards?: "wait" | "end" | "destroy";
}

function post(bench: BadInputBench, body: string, sending: Sending = {}): Promise<RawAnswer> {
  const headers = {
    host: new URL(bench.server.environment.endpoint).host,
    "content-type": FORM_CONTENT_TYPE,
    "content-length": String(sending.declared ?? Buffer.byteLength(body)),
    ...sending.headers,
  };
  const sent = Object.entries(headers).filter(([, value]) => value !== "");
  const head = printHead("POST", sending.path ?? `/${BUCKET}`, Object.fromEntries(sent));
  return bench.exchange({ send: [head, body], afterwards: sending.afterwards ?? "wait", timeoutMs: 5_000 });
}

/** A form that must be refused, and stores nothing. */
function refused(
  name: string,
  expected: Expectation,
  make: (bench: BadInputBench, objectKey: string) => string,
  sending: Sending = {},
): BadInputCase {
  return {
    name: `form: ${name}`,
    run: async (bench) => {
      const objectKey = bench.newKey();
      bench.expect(await post(bench, make(bench, objectKey), sending), expected, name);
      await bench.assertNothingStored(objectKey, name);
    },
  };
}

/** [L-161] Everything that tries to say more than the policy allows. */
const policyCases: BadInputCase[] = [
  refused("a field the policy does not speak of", DENIED, (bench, objectKey) =>
    wholeForm(bench, { objectKey, added: [["acl", "private"]] }),
  ),
  refused("such a field in capitals", DENIED, (bench, objectKey) =>
    wholeForm(bench, { objectKey, added: [["X-AMZ-META-A", "1"]] }),
  ),
  refused("the key twice", MALFORMED, (bench, objectKey) =>
    wholeForm(bench, { objectKey, added: [["key", `${objectKey}-2`]] }),
  ),
  refused("the key twice, once in capitals", MALFORMED, (bench, objectKey) =>
    wholeForm(bench, { objectKey, added: [["KEY", `${objectKey}-2`]] }),
  ),
  refused("another bucket in the form", DENIED, (bench, objectKey) =>
    wholeForm(bench, { objectKey, added: [["bucket", "another"]] }),
  ),
  refused("a condition that does not hold", DENIED, (bench, objectKey) =>
    wholeForm(bench, { objectKey, conditions: [["starts-with", "$key", "user/"]] }),
  ),
  refused("a policy that expired a second ago", DENIED, (bench, objectKey) =>
    wholeForm(bench, { objectKey, expiresMs: Date.now() - 1000 }),
  ),
  refused("a file larger than allowed", { status: 400, codes: ["EntityTooLarge"] }, (bench, objectKey) =>
    wholeForm(bench, { objectKey, conditions: [["content-length-range", 0, 1000]] }, "x".repeat(300_000)),
  ),
  refused(
    "another policy under the signature",
    { status: 403, codes: ["SignatureDoesNotMatch"] },
    (bench, objectKey) => wholeForm(bench, { objectKey }).replace(/(name="policy"\r\n\r\n)[^\r]*/, "$1e30="),
  ),
  refused(
    "no signature at all",
    DENIED,
    (_bench, objectKey) => `${part("key", objectKey)}${filePart("x")}${END}`,
  ),
  refused("a name that closes its quotes and begins another header", DENIED, (bench, objectKey) =>
    wholeForm(bench, { objectKey, added: [['a"\r\nX-Injected: "b', "1"]] }),
  ),
];

/** [L-163] A form is for a bucket, and says in its fields who sends it. */
const placeCases: BadInputCase[] = [
  ["/", { status: 405, codes: ["MethodNotAllowed"] }],
  [`/${BUCKET}/key`, { status: 405, codes: ["MethodNotAllowed"] }],
  [`/${BUCKET}?uploads`, { status: 501, codes: ["NotImplemented"] }],
  [`/${BUCKET}?delete`, { status: 400, codes: [] }],
  [`/${BUCKET}/key?uploads`, DENIED],
  [`/${BUCKET}/key?uploadId=x`, DENIED],
  ["/no-such-bucket-here", DENIED],
].map(([path, expected]) =>
  refused(`sent to ${path}`, expected as Expectation, (bench, objectKey) => wholeForm(bench, { objectKey }), {
    path: path as string,
  }),
);

const frameCases: BadInputCase[] = [
  refused("not multipart", { status: 412, codes: ["PreconditionFailed"] }, () => "key=a&file=b", {
    headers: { "content-type": "application/x-www-form-urlencoded" },
  }),
  refused("no boundary", MALFORMED, (bench, objectKey) => wholeForm(bench, { objectKey }), {
    headers: { "content-type": "multipart/form-data" },
  }),
  refused("another boundary", MALFORMED, (bench, objectKey) => wholeForm(bench, { objectKey }), {
    headers: { "content-type": "multipart/form-data; boundary=other" },
  }),
  refused(
    "no file",
    { status: 400, codes: ["InvalidArgument"] },
    (bench, objectKey) => `${signedFields(bench, { objectKey })}${END}`,
  ),
  refused("no end", MALFORMED, (bench, objectKey) => wholeForm(bench, { objectKey }).slice(0, -END.length)),
  refused("an end in the middle of the boundary", MALFORMED, (bench, objectKey) =>
    wholeForm(bench, { objectKey }).slice(0, -10),
  ),
  refused(
    "20 KB of fields",
    { status: 400, codes: ["MaxPostPreDataLengthExceededError"] },
    (bench, objectKey) => wholeForm(bench, { objectKey, added: [["x-ignore-a", "x".repeat(20_500)]] }),
  ),
  refused(
    "a head without an end",
    { status: 400, codes: ["MaxPostPreDataLengthExceededError"] },
    () => `${END.slice(0, -4)}\r\nX: ${"x".repeat(500_000)}`,
  ),
  refused(
    "5,000 fields",
    { status: 400, codes: ["MaxPostPreDataLengthExceededError", "MalformedPOSTRequest"] },
    (bench, objectKey) =>
      wholeForm(bench, {
        objectKey,
        added: Array.from({ length: 5000 }, (_, at) => [`x-ignore-${at}`, ""] as const),
      }),
  ),
  refused(
    "6 GiB declared",
    { status: 400, codes: ["EntityTooLarge"] },
    (bench, objectKey) => wholeForm(bench, { objectKey }),
    {
      declared: 6 * 2 ** 30,
    },
  ),
  refused("chunked transfer", { status: 501, codes: ["NotImplemented"] }, () => "0\r\n\r\n", {
    headers: { "transfer-encoding": "chunked", "content-length": "" },
  }),
  ...(["end", "destroy"] as const).map((afterwards) =>
    refused(
      `cut in the file (${afterwards})`,
      { status: 400, codes: ["IncompleteBody", "RequestTimeout", "MalformedPOSTRequest"], orClosed: true },
      (bench, objectKey) => wholeForm(bench, { objectKey }, "x".repeat(200_000)).slice(0, 100_000),
      { declared: 200_000, afterwards },
    ),
  ),
];

const controlCase: BadInputCase = {
  name: "form: a right one, byte by byte and after a 100 Continue (control)",
  run: async (bench) => {
    const objectKey = bench.newKey();
    const body = wholeForm(bench, { objectKey }, "\r\n--not the end\r\n");
    const answer = await post(bench, body, { headers: { expect: "100-continue" } });
    bench.expect(answer, { status: 204, codes: [] }, "control");
    const head = printHead("POST", `/${BUCKET}`, {
      host: "x",
      "content-type": FORM_CONTENT_TYPE,
      "content-length": String(body.length),
    });
    const slow = await bench.exchange({ send: [head, ...[...body].map((letter) => letter)] });
    bench.expect(slow, { status: 204, codes: [] }, "byte by byte");
    const got = await bench.server.client.request({ method: "GET", bucket: BUCKET, objectKey });
    assert.equal(got.body.toString(), "\r\n--not the end\r\n");
  },
};

export const FORM_CASES: readonly BadInputCase[] = [
  controlCase,
  ...policyCases,
  ...placeCases,
  ...frameCases,
];
