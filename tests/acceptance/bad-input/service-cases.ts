import assert from "node:assert/strict";
import { printHead, type RawAnswer } from "../../harness/raw-exchange.ts";
import { EMPTY_SHA256, sha256Hex, signHeaders } from "../../harness/sigv4-signer.ts";
import type { BadInputBench, BadInputCase } from "./bad-input-bench.ts";

const MEBIBYTE = 1 << 20;

/** The services beside S3, and how each is told apart before anything is verified. */
const SERVICES = {
  iam: { "content-type": "application/x-www-form-urlencoded" },
  sts: { "content-type": "application/x-www-form-urlencoded" },
  kms: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "TrentService.ListKeys" },
} as const satisfies Record<string, Readonly<Record<string, string>>>;
type Service = keyof typeof SERVICES;
const NAMES = Object.keys(SERVICES) as readonly Service[];

function head(bench: BadInputBench, service: Service, more: Readonly<Record<string, string>>): string {
  const { environment } = bench.server;
  const { headers } = signHeaders({
    ...environment,
    service,
    method: "POST",
    path: "/",
    query: [],
    headers: { host: new URL(environment.endpoint).host, ...SERVICES[service], ...more },
    payloadHash: EMPTY_SHA256,
  });
  return printHead("POST", "/", headers);
}

function refused(bench: BadInputBench, answer: RawAnswer, what: string): void {
  bench.tally.add("bad inputs");
  const isRefusal = answer.status !== null && answer.status >= 400 && answer.status < 500;
  assert.ok(
    isRefusal || (answer.status === null && answer.end !== "timeout"),
    `${what}: ${answer.status} ${answer.text}`,
  );
}

export const SERVICE_CASES: readonly BadInputCase[] = NAMES.flatMap((service): readonly BadInputCase[] => [
  {
    name: `${service}: a body of 8 MiB`,
    run: async (bench) => {
      const text = head(bench, service, { "content-length": String(8 * MEBIBYTE) });
      refused(bench, await bench.exchange({ send: [text, Buffer.alloc(8 * MEBIBYTE, 0x61)] }), "8 MiB");
    },
  },
  {
    name: `${service}: chunks without an end`,
    run: async (bench) => {
      const chunk = `10000\r\n${"a".repeat(65_536)}\r\n`;
      const text = head(bench, service, { "transfer-encoding": "chunked" });
      refused(
        bench,
        await bench.exchange({ send: [text, ...Array.from({ length: 64 }, () => chunk)] }),
        "chunks",
      );
    },
  },
  ...(["end", "destroy"] as const).map(
    (afterwards): BadInputCase => ({
      name: `${service}: a body that breaks off (${afterwards})`,
      run: async (bench) => {
        const text = head(bench, service, { "content-length": "1000" });
        const answer = await bench.exchange({ send: [text, "Action=", 20], afterwards, timeoutMs: 5_000 });
        refused(bench, answer, "broken off");
      },
    }),
  ),
  {
    name: `${service}: a signature of another body, of another service, of nobody`,
    run: async (bench) => {
      const body = "Action=ListUsers&Version=2010-05-08";
      const length = { "content-length": String(body.length) };
      refused(bench, await bench.exchange({ send: [head(bench, service, length), body] }), "another body");
      const other = head(bench, service, length).replace(`/${service}/aws4_request`, "/s3/aws4_request");
      refused(bench, await bench.exchange({ send: [other, body] }), "another service");
      const nobody = head(bench, service, length).replace(/authorization: .*\r\n/, "");
      refused(bench, await bench.exchange({ send: [nobody, body] }), "nobody");
    },
  },
  {
    name: `${service}: text that is none of its protocol`,
    run: async (bench) => {
      for (const body of [
        "",
        "&&&&",
        "%zz=%",
        "\0".repeat(100),
        "{",
        "[]",
        "Action",
        `${"a=b&".repeat(20_000)}`,
      ]) {
        const { environment } = bench.server;
        const { headers } = signHeaders({
          ...environment,
          service,
          method: "POST",
          path: "/",
          query: [],
          headers: {
            host: new URL(environment.endpoint).host,
            ...SERVICES[service],
            "content-length": String(body.length),
          },
          payloadHash: sha256Hex(body),
        });
        const answer = await bench.exchange({ send: [printHead("POST", "/", headers), body] });
        // KMS reads an empty body as no parameters.
        if (answer.status !== 200) refused(bench, answer, JSON.stringify(body.slice(0, 20)));
      }
    },
  },
]);
