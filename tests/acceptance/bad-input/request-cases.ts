import assert from "node:assert/strict";
import { digestsOf } from "../../harness/plain-digests.ts";
import { sha256Hex } from "../../harness/sigv4-signer.ts";
import {
  type BadInputBench,
  type BadInputCase,
  BUCKET,
  CONTROL_KEY,
  type Expectation,
  type RawRequest,
} from "./bad-input-bench.ts";

/** One honest request that asks for something that cannot be. */
function refused(
  name: string,
  expected: Expectation,
  input: RawRequest & { readonly body?: Buffer },
): BadInputCase {
  return {
    name,
    run: async (bench) => {
      bench.expect(await bench.send({ body: Buffer.from("x"), ...input }), expected, name);
    },
  };
}

const keyCases: BadInputCase[] = [
  refused("key of 1,025 bytes", { status: 400, codes: ["KeyTooLongError"] }, { objectKey: "k".repeat(1025) }),
  refused(
    "key of 1,025 bytes in two-byte letters",
    { status: 400, codes: ["KeyTooLongError"] },
    { objectKey: `${"\u00e9".repeat(512)}k` },
  ),
  refused("key of 8,000 bytes", { status: 400, codes: ["KeyTooLongError"] }, { objectKey: "k".repeat(8000) }),
  refused("key with NUL", { status: 400, codes: ["InvalidURI", "InvalidArgument"] }, { objectKey: "a\0b" }),
  refused(
    "key that is no UTF-8",
    { status: 400, codes: ["InvalidURI", "InvalidArgument"] },
    { rawPath: `/${BUCKET}/%ff%fe` },
  ),
  refused(
    "key with a broken escape",
    { status: 400, codes: ["InvalidURI", "SignatureDoesNotMatch"] },
    { rawPath: `/${BUCKET}/%zz` },
  ),
  refused(
    "bucket of two letters",
    { status: 400, codes: ["InvalidBucketName"] },
    { bucket: "ab", rawPath: "/ab", body: Buffer.alloc(0) },
  ),
  refused(
    "bucket in capitals",
    { status: 400, codes: ["InvalidBucketName"] },
    { rawPath: "/CAPITALS", body: Buffer.alloc(0) },
  ),
  refused(
    "bucket named as an address",
    { status: 400, codes: ["InvalidBucketName"] },
    { rawPath: "/192.168.0.1", body: Buffer.alloc(0) },
  ),
  refused(
    "bucket named as a parent folder",
    { status: 400, codes: ["InvalidBucketName", "InvalidURI"] },
    { rawPath: "/..", body: Buffer.alloc(0) },
  ),
];

const headerCases: BadInputCase[] = [
  {
    name: "metadata of 2,049 bytes",
    run: async (bench) => {
      const objectKey = bench.newKey();
      const headers = { "x-amz-meta-a": "v".repeat(2048) };
      const answer = await bench.send({ objectKey, headers, body: Buffer.from("x") });
      bench.expect(answer, { status: 400, codes: ["MetadataTooLarge"] }, "metadata");
      await bench.assertNothingStored(objectKey, "metadata");
    },
  },
  ...[20_000, 100_000, 1_000_000].map(
    (size): BadInputCase => ({
      name: `one header of ${size} bytes`,
      run: async (bench) => {
        const answer = await bench.send({
          objectKey: bench.newKey(),
          headers: { "x-filler": "f".repeat(size) },
        });
        const codes = ["RequestHeaderSectionTooLarge", "MetadataTooLarge"];
        bench.expect(
          answer,
          {
            status: size > 16_000 && answer.status === 431 ? 431 : 400,
            codes: answer.status === 431 ? [] : codes,
            orClosed: true,
          },
          "header",
        );
      },
    }),
  ),
  {
    name: "100,000 headers",
    run: async (bench) => {
      const { head } = bench.head({ method: "GET", objectKey: "x" });
      const flood = Array.from({ length: 100_000 }, (_, index) => `x-h${index}: 1`).join("\r\n");
      const answer = await bench.exchange({ send: [head.replace("\r\n\r\n", `\r\n${flood}\r\n\r\n`)] });
      const status = answer.status === 431 ? 431 : 400;
      bench.expect(answer, { status, codes: [], orClosed: true }, "100,000 headers");
    },
  },
  {
    name: "a header sent twice with two values",
    run: async (bench) => {
      const objectKey = bench.newKey();
      const { head } = bench.head({
        objectKey,
        headers: { "content-length": "1", "x-amz-meta-twice": "a,b" },
        payloadHash: sha256Hex("x"),
      });
      const doubled = head.replace("x-amz-meta-twice: a,b", "x-amz-meta-twice: a\r\nx-amz-meta-twice: b");
      const answer = await bench.exchange({ send: [doubled, "x"] });
      // S3 joins them; refusing is as safe.
      if (answer.status !== 200)
        bench.expect(answer, { status: answer.status === 403 ? 403 : 400, codes: [] }, "twice");
      else bench.tally.add("bad inputs");
    },
  },
];

const smuggling: readonly (readonly [string, string])[] = [
  ["Content-Length twice", "Content-Length: 1\r\nContent-Length: 2"],
  ["Content-Length and Transfer-Encoding", "Content-Length: 5\r\nTransfer-Encoding: chunked"],
  ["Content-Length that is no number", "Content-Length: 1e3"],
  ["negative Content-Length", "Content-Length: -1"],
  ["Content-Length beyond 2^63", "Content-Length: 99999999999999999999"],
  ["bare line feed in a header", "X-A: b\nX-C: d"],
  ["folded header", "X-A: b\r\n c"],
  ["NUL in a header", "X-A: b\0c"],
  ["blank before the colon", "X-A : b"],
  ["unknown Transfer-Encoding", "Transfer-Encoding: gzip"],
];

const protocolCases: BadInputCase[] = [
  ...smuggling.map(
    ([name, line]): BadInputCase => ({
      name,
      run: async (bench) => {
        const { head } = bench.head({ objectKey: bench.newKey(), payloadHash: "UNSIGNED-PAYLOAD" });
        const answer = await bench.exchange({
          send: [head.replace("\r\n\r\n", `\r\n${line}\r\n\r\n`), "0\r\n\r\n"],
          afterwards: "end",
          timeoutMs: 5000,
        });
        const status = [400, 403, 411, 501].find((candidate) => candidate === answer.status) ?? 400;
        bench.expect(answer, { status, codes: [], orClosed: true }, name);
      },
    }),
  ),
  ...[
    ["no HTTP at all", "hello?\r\n\r\n"],
    ["binary noise", Buffer.alloc(4096, 0xfe).toString("latin1")],
    ["HTTP/3.0", "GET / HTTP/3.0\r\nhost: x\r\n\r\n"],
    ["HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["method of 10,000 letters", `${"A".repeat(10_000)} / HTTP/1.1\r\nhost: x\r\n\r\n`],
    ["target of 200,000 letters", `GET /${"a".repeat(200_000)} HTTP/1.1\r\nhost: x\r\n\r\n`],
    ["no Host", "GET / HTTP/1.1\r\n\r\n"],
    ["absolute target of another host", "GET http://example.com/ HTTP/1.1\r\nhost: x\r\n\r\n"],
    ["CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n"],
    [
      "upgrade to another protocol",
      "GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
    ],
    [
      "expectation nobody knows",
      "PUT /a/b HTTP/1.1\r\nhost: x\r\nexpect: 42-later\r\ncontent-length: 1\r\n\r\nx",
    ],
  ].map(
    ([name, text]): BadInputCase => ({
      name: String(name),
      run: async (bench) => {
        const answer = await bench.exchange({ send: [Buffer.from(String(text), "latin1")], timeoutMs: 5000 });
        const refusal =
          answer.status === null || (answer.status >= 400 && answer.status < 600 && answer.status !== 500);
        if (!refusal || answer.end === "timeout")
          bench.expect(answer, { status: 400, codes: [], orClosed: true }, String(name));
        bench.tally.add("bad inputs");
      },
    }),
  ),
];

const DAY_MS = 24 * 3600 * 1000;

const authCases: BadInputCase[] = [
  refused(
    "unknown access key",
    { status: 403, codes: ["InvalidAccessKeyId"] },
    {
      objectKey: "x",
      credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wrong" },
    },
  ),
  {
    name: "wrong secret",
    run: async (bench) => {
      const credentials = { ...bench.server.environment.credentials, secretAccessKey: "wrong" };
      const answer = await bench.send({ objectKey: bench.newKey(), credentials, body: Buffer.from("x") });
      bench.expect(answer, { status: 403, codes: ["SignatureDoesNotMatch"] }, "wrong secret");
    },
  },
  {
    name: "request of yesterday",
    run: async (bench) => {
      const { head } = bench.head({ method: "GET", objectKey: CONTROL_KEY, dateMs: Date.now() - DAY_MS });
      const answer = await bench.exchange({ send: [head] });
      bench.expect(answer, { status: 403, codes: ["RequestTimeTooSkewed"] }, "yesterday");
    },
  },
  {
    name: "anonymous read and write",
    run: async (bench) => {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const answer = await bench.exchange({
          send: [`${method} /${BUCKET}/control HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`],
        });
        bench.expect(answer, { status: 403, codes: ["AccessDenied"] }, `anonymous ${method}`);
      }
    },
  },
];

const DELETE_BODY = (inner: string): Buffer => Buffer.from(`<Delete>${inner}</Delete>`);

async function postDelete(bench: BadInputBench, body: Buffer): ReturnType<BadInputBench["send"]> {
  const headers = { "content-md5": digestsOf(body).MD5.toString("base64") };
  return bench.send({ method: "POST", rawPath: `/${BUCKET}`, query: [["delete", ""]], headers, body });
}

const BOMB = `<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a0 "lol">${Array.from(
  { length: 10 },
  (_, index) => `<!ENTITY a${index + 1} "${`&a${index};`.repeat(10)}">`,
).join("")}]>`;

const xmlCases: BadInputCase[] = [
  ["billion laughs", Buffer.from(`${BOMB}<Delete><Object><Key>&a10;</Key></Object></Delete>`)],
  [
    "external entity",
    Buffer.from(
      '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&x;</Key></Object></Delete>',
    ),
  ],
  ["100,000 nested elements", DELETE_BODY(`${"<a>".repeat(100_000)}${"</a>".repeat(100_000)}`)],
  ["1,001 keys", DELETE_BODY("<Object><Key>k</Key></Object>".repeat(1001))],
  ["no keys", DELETE_BODY("")],
  ["another root", Buffer.from("<Other/>")],
  ["cut document", Buffer.from("<Delete><Object><Key>a</Key>")],
  ["no XML", Buffer.from("{}")],
  ["empty body", Buffer.alloc(0)],
  ["NUL in the document", DELETE_BODY("<Object><Key>a\0b</Key></Object>")],
  ["10 MiB of blanks", DELETE_BODY(" ".repeat(10 << 20))],
].map(([name, body]) => ({
  name: `delete of many: ${name}`,
  run: async (bench) => {
    const answer = await postDelete(bench, body as Buffer);
    const codes = ["MalformedXML", "MaxMessageLengthExceeded", "MissingRequestBodyError", "EntityTooLarge"];
    bench.expect(answer, { status: 400, codes, orClosed: true }, String(name));
  },
}));

/** Well-formed, so it may be obeyed; it may not take long. */
const attributeFlood: BadInputCase = {
  name: "delete of many: 50,000 attributes are read within two seconds",
  run: async (bench) => {
    const attributes = Array.from({ length: 50_000 }, (_, index) => `a${index}="1"`).join(" ");
    const answer = await postDelete(bench, DELETE_BODY(`<Object ${attributes}><Key>k</Key></Object>`));
    assert.ok(answer.status === 200 || answer.status === 400, answer.text.slice(0, 300));
    assert.ok(answer.afterMs < 2000, `took ${answer.afterMs} ms`);
    bench.tally.add("bad inputs");
  },
};

export const REQUEST_CASES: readonly BadInputCase[] = [
  ...keyCases,
  ...headerCases,
  ...protocolCases,
  ...authCases,
  ...xmlCases,
  attributeFlood,
];
