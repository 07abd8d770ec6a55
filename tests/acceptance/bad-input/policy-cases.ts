import assert from "node:assert/strict";
import type { RawAnswer } from "../../harness/raw-exchange.ts";
import { printHead } from "../../harness/raw-exchange.ts";
import { sha256Hex, signHeaders } from "../../harness/sigv4-signer.ts";
import type { BadInputBench, BadInputCase } from "./bad-input-bench.ts";

const BUCKET = "bad-policies";
/** Any answer takes less; what takes longer is work that a sender makes for us. */
const PATIENCE_MS = 2_000;
const MEBIBYTE = 1 << 20;

const statement = (more: object = {}): object => ({
  Effect: "Allow",
  Principal: { AWS: "*" },
  Action: "s3:GetObject",
  Resource: `arn:aws:s3:::${BUCKET}/*`,
  ...more,
});
const policy = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** Policies without a principal, as identities have them. */
const identity = (text: string): string => text.replaceAll('"Principal":{"AWS":"*"},', "");

/** A pattern that a matcher with backtracking takes for ever to refuse, and what it is held against. */
const EXPLOSIVE = `${"*a".repeat(30)}*b`;
const ONLY_A = "a".repeat(900);

const TEN_THOUSAND = policy(...Array.from({ length: 10_000 }, (_, index) => statement({ Sid: `s${index}` })));

/** Texts that are no policy, whoever they are for. */
const NO_POLICIES: readonly (readonly [string, string])[] = [
  ["nothing", " "],
  ["no JSON", "Version: 2012-10-17"],
  ["a list", "[]"],
  ["null", "null"],
  ["cut JSON", policy(statement()).slice(0, -3)],
  ["text after the end", `${policy(statement())} x`],
  ["1 MiB of blanks", " ".repeat(MEBIBYTE - 2)],
  ["1 MiB in one action", policy(statement({ Action: "s3:Get".padEnd(MEBIBYTE - 400, "x") }))],
  ["1 MiB of brackets", "[".repeat(MEBIBYTE - 2)],
  ["1 MiB of nested objects", '{"a":'.repeat(200_000)],
  ["20,000 nested conditions", `{"Version":"2012-10-17","Statement":${'[{"Condition":'.repeat(1000)}`],
  ["10,000 statements", TEN_THOUSAND],
  ["Statement twice", policy(statement()).replace('"Statement"', '"Statement":[],"Statement"')],
  ["Effect twice", policy(statement()).replace('"Effect"', '"Effect":"Deny","Effect"')],
  [
    "a condition twice",
    policy(statement({ Condition: { Bool: { "aws:SecureTransport": "true" } } })).replace(
      '"Bool"',
      '"Bool":{},"Bool"',
    ),
  ],
  ["a name escaped and not", policy(statement()).replace('"Effect"', '"\\u0045ffect":"Deny","Effect"')],
  ["an unknown version", policy(statement()).replace("2012-10-17", "2032-10-17")],
  ["an unknown element", policy(statement({ Effekt: "Allow" }))],
  ["an unknown effect", policy(statement({ Effect: "Maybe" }))],
  ["an unknown operator", policy(statement({ Condition: { StringSortOf: { "aws:SourceIp": "x" } } }))],
  ["a number for an action", policy(statement({ Action: 42 }))],
  ["an action of no service", policy(statement({ Action: "GetObject" }))],
  [
    "an address that is none",
    policy(statement({ Condition: { IpAddress: { "aws:SourceIp": "300.1.2.3/99" } } })),
  ],
  ["statements that are text", '{"Version":"2012-10-17","Statement":"all of it"}'],
  ["a prototype", '{"__proto__":{"Version":"2012-10-17"},"Statement":[]}'],
];

/** What only the policy of a bucket can get wrong. */
const NO_BUCKET_POLICIES: readonly (readonly [string, string])[] = [
  ["a bucket of another partition", policy(statement({ Resource: `arn:aws-cn:s3:::${BUCKET}/*` }))],
  ["a bucket of no partition", policy(statement({ Resource: `arn:azure:s3:::${BUCKET}/*` }))],
  ["another bucket", policy(statement({ Resource: "arn:aws:s3:::bad-input/*" }))],
  [
    "a principal of another partition",
    policy(statement({ Principal: { AWS: "arn:aws-us-gov:iam::123456789012:root" } })),
  ],
  [
    "a principal that is nobody",
    policy(statement({ Principal: { AWS: "arn:aws:iam::123456789012:user/nobody" } })),
  ],
  ["a principal that is no ARN", policy(statement({ Principal: { AWS: "arn:aws:iam::*:root" } }))],
  ["no principal", identity(policy(statement()))],
];

async function timely(bench: BadInputBench, what: string, sending: Promise<RawAnswer>): Promise<RawAnswer> {
  const answer = await sending;
  bench.tally.add("bad inputs");
  assert.ok(answer.afterMs < PATIENCE_MS, `${what} took ${answer.afterMs.toFixed(0)} ms`);
  return answer;
}

function putPolicy(bench: BadInputBench, text: string): Promise<RawAnswer> {
  return bench.send({ rawPath: `/${BUCKET}`, query: [["policy", ""]], body: Buffer.from(text) });
}

/** One action of a query protocol, signed by the root account. */
function sendAction(
  bench: BadInputBench,
  service: "iam" | "sts",
  parameters: Readonly<Record<string, string>>,
): Promise<RawAnswer> {
  const { environment } = bench.server;
  const body = new URLSearchParams({
    Version: service === "iam" ? "2010-05-08" : "2011-06-15",
    ...parameters,
  });
  const text = body.toString();
  const { headers } = signHeaders({
    ...environment,
    service,
    method: "POST",
    path: "/",
    query: [],
    headers: {
      host: new URL(environment.endpoint).host,
      "content-type": "application/x-www-form-urlencoded",
      "content-length": String(Buffer.byteLength(text)),
    },
    payloadHash: sha256Hex(text),
  });
  return bench.exchange({ send: [printHead("POST", "/", headers), text] });
}

const seen = (answer: RawAnswer): string => `${answer.status} ${answer.text.slice(-600)}`;

const bucketCases: BadInputCase[] = [...NO_POLICIES, ...NO_BUCKET_POLICIES].map(([name, text]) => ({
  name: `bucket policy: ${name}`,
  run: async (bench) => {
    await bench.server.client.request({ method: "PUT", bucket: BUCKET });
    const kept = policy(statement({ Effect: "Deny", Action: "s3:DeleteObject" }));
    assert.equal((await putPolicy(bench, kept)).status, 204);
    const answer = await timely(bench, name, putPolicy(bench, text));
    assert.equal(answer.status, 400, seen(answer));
    assert.match(
      answer.text,
      /<Code>(MalformedPolicy|PolicyTooLarge|MissingRequestBodyError|MaxMessageLengthExceeded)</,
    );
    const now = await bench.server.client.request({ method: "GET", bucket: BUCKET, query: { policy: "" } });
    assert.deepEqual(JSON.parse(now.body.toString()), JSON.parse(kept), "the policy before it stays");
  },
}));

const identityCases: BadInputCase[] = NO_POLICIES.map(([name, text]) => ({
  name: `managed policy: ${name}`,
  run: async (bench) => {
    const parameters = { Action: "CreatePolicy", PolicyName: "bad", PolicyDocument: identity(text) };
    const answer = await timely(bench, name, sendAction(bench, "iam", parameters));
    assert.ok(answer.status === 400 || answer.status === 409 || answer.status === 413, seen(answer));
    assert.match(
      answer.text,
      /<Code>(MalformedPolicyDocument|ValidationError|LimitExceeded|RequestEntityTooLarge)</,
    );
  },
}));

const sessionCases: BadInputCase[] = [...NO_POLICIES]
  .filter(([, text]) => text.length < 100_000)
  .map(([name, text]) => ({
    name: `session policy: ${name}`,
    run: async (bench) => {
      const parameters = { Action: "GetFederationToken", Name: "bad", Policy: identity(text) };
      const answer = await timely(bench, name, sendAction(bench, "sts", parameters));
      assert.ok(answer.status === 400 || answer.status === 403, seen(answer));
      assert.ok(!answer.text.includes("<SessionToken>"), "no credentials under a policy that is none");
    },
  }));

/** Policies that are valid and made to be slow to evaluate. */
const slowCases: BadInputCase[] = [
  {
    name: "wildcards that explode are matched in bounded time",
    run: async (bench) => {
      await bench.server.client.request({ method: "PUT", bucket: BUCKET });
      const patterns = Array.from(
        { length: 40 },
        (_, index) => `arn:aws:s3:::${BUCKET}/${EXPLOSIVE}${index}`,
      );
      const condition = {
        StringLike: { "aws:UserAgent": [EXPLOSIVE, `${"?*".repeat(100)}b`] },
        StringNotLike: { "aws:Referer": `${"*?a".repeat(40)}*` },
      };
      const slow = [
        statement({ Effect: "Deny", Resource: patterns }),
        statement({ Effect: "Deny", Action: "s3:*G*e*t*O*b*j*e*c*t*", Condition: condition }),
      ];
      const stored = { bucket: BUCKET, objectKey: ONLY_A };
      assert.equal((await bench.send({ ...stored, body: Buffer.from("x") })).status, 200);
      const put = await timely(bench, "put", putPolicy(bench, policy(...slow)));
      assert.equal(put.status, 204, seen(put));
      for (let round = 0; round < 5; round++) {
        const answer = await timely(
          bench,
          "explosive",
          bench.send({
            method: "GET",
            ...stored,
            headers: { "user-agent": "a".repeat(4000), referer: "?a".repeat(2000) },
          }),
        );
        assert.equal(answer.status, 200, seen(answer));
        assert.ok(answer.afterMs < 500, `took ${answer.afterMs.toFixed(0)} ms`);
      }
      const gone = await bench.server.client.request({
        method: "DELETE",
        bucket: BUCKET,
        query: { policy: "" },
      });
      assert.equal(gone.status, 204);
    },
  },
  {
    name: "as many statements as fit are evaluated in bounded time",
    run: async (bench) => {
      await bench.server.client.request({ method: "PUT", bucket: BUCKET });
      const statements: object[] = [];
      while (policy(...statements).length < 20_000) {
        statements.push(
          statement({ Effect: "Deny", Resource: `arn:aws:s3:::${BUCKET}/${statements.length}/*` }),
        );
      }
      const last = { bucket: BUCKET, objectKey: `${statements.length - 1}/k` };
      const free = { bucket: BUCKET, objectKey: "k" };
      for (const stored of [last, free]) {
        assert.equal((await bench.send({ ...stored, body: Buffer.from("x") })).status, 200);
      }
      const put = await timely(bench, "put", putPolicy(bench, policy(...statements)));
      assert.equal(put.status, 204, seen(put));
      const read = (stored: typeof last): Promise<RawAnswer> => bench.send({ method: "GET", ...stored });
      assert.equal((await timely(bench, "the last", read(last))).status, 403);
      assert.equal((await timely(bench, "none", read(free))).status, 200);
      await bench.server.client.request({ method: "DELETE", bucket: BUCKET, query: { policy: "" } });
    },
  },
];

export const POLICY_CASES: readonly BadInputCase[] = [
  ...bucketCases,
  ...identityCases,
  ...sessionCases,
  ...slowCases,
];
