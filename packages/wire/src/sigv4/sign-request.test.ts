import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import fc from "fast-check";
import { parseAmzDate } from "../iso8601.ts";
import { encodeUri } from "../uri.ts";
import { WireError } from "../wire-error.ts";
import { parseRequestSignature } from "./parse-request-signature.ts";
import { presign, type SigningInput, signRequest } from "./sign-request.ts";
import { SigningKeys } from "./signing-keys.ts";
import { verifySignature } from "./verify-signature.ts";

interface Example {
  readonly name: string;
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payloadHash: string;
  readonly signature: string;
}

interface Examples {
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly region: string;
  readonly amzDate: string;
  readonly headers: readonly Example[];
  readonly presigned: Omit<Example, "name" | "payloadHash"> & { readonly expiresSeconds: number };
}

const VECTORS = new URL("../../../../vectors/wire/s3-signing-examples.json", import.meta.url);
const examples = JSON.parse(readFileSync(VECTORS, "utf8")) as Examples;
const nowMs = parseAmzDate(examples.amzDate) ?? 0;
const secretAccessKey = new SecretBytes(Buffer.from(examples.credentials.secretAccessKey));
const base = {
  credentials: { accessKeyId: examples.credentials.accessKeyId, secretAccessKey },
  region: examples.region,
  service: "s3",
  nowMs,
};

for (const example of examples.headers) {
  test(`S3 API Reference, signature calculation: ${example.name}`, () => {
    const signed = signRequest({ ...base, ...example, headers: new Map(Object.entries(example.headers)) });
    assert.ok(signed.get("authorization")?.endsWith(`Signature=${example.signature}`));
  });
}

test("S3 API Reference, presigned URL", () => {
  const { presigned } = examples;
  const target = presign({ ...base, ...presigned, headers: new Map(Object.entries(presigned.headers)) });
  assert.ok(target.endsWith(`&X-Amz-Signature=${presigned.signature}`));
});

function verify(request: { method: string; target: string; headers: ReadonlyMap<string, string> }): void {
  const signature = parseRequestSignature(request, { nowMs, region: base.region, services: ["s3"] });
  assert.ok(signature !== null);
  const signingKey = new SigningKeys().signingKey(signature.accessKeyId, secretAccessKey, signature.scope);
  verifySignature({ request, signature, signingKey });
}

const anyKey = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
  .filter((key) => key.isWellFormed());
const anyTarget = fc
  .tuple(anyKey, fc.array(fc.tuple(anyKey, anyKey), { maxLength: 4 }))
  .map(([key, query]) => {
    const pairs = query.map(
      ([name, value]) => `p${encodeUri(name, { keepSlash: false })}=${encodeURIComponent(value)}`,
    );
    return `/bucket/${encodeUri(key, { keepSlash: true })}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
  });

test("whatever signRequest signs, verifySignature accepts; with any other path it refuses", () => {
  fc.assert(
    fc.property(anyTarget, (target) => {
      const input: SigningInput = { ...base, method: "GET", target, headers: new Map([["host", "h:9000"]]) };
      const headers = signRequest(input);
      verify({ method: "GET", target, headers });
      const other = { method: "GET", target: target.replace("/bucket/", "/bucket/x"), headers };
      assert.throws(() => verify(other), { code: "SignatureDoesNotMatch" });
    }),
  );
});

test("whatever presign signs, verifySignature accepts; an added parameter breaks it", () => {
  fc.assert(
    fc.property(anyTarget, (target) => {
      const headers = new Map([["host", "h:9000"]]);
      const signed = presign({ ...base, method: "GET", target, headers, expiresSeconds: 60 });
      verify({ method: "GET", target: signed, headers });
      const other = { method: "GET", target: `${signed}&versionId=1`, headers };
      assert.throws(() => verify(other), { code: "SignatureDoesNotMatch" });
    }),
  );
});

test("a client's looser spelling of the path it signed is accepted as sent", () => {
  for (const [sent, signed] of [
    ["/bucket/a!b(c)'d*e", "/bucket/a%21b%28c%29%27d%2Ae"],
    ["/bucket/a%2fb", "/bucket/a/b"],
  ] as const) {
    const input: SigningInput = { ...base, method: "GET", target: signed, headers: new Map([["host", "h"]]) };
    verify({ method: "GET", target: sent, headers: signRequest(input) });
  }
});

test("header bytes above 0x7F verify both as sent and as UTF-8 of Latin-1", () => {
  const utf8 = Buffer.from("Hello Wörld", "utf8").toString("latin1");
  const headers = new Map([
    ["host", "h"],
    ["x-amz-meta-a", utf8],
  ]);
  const signed = signRequest({ ...base, method: "PUT", target: "/b/k", headers });
  verify({ method: "PUT", target: "/b/k", headers: signed });
  verify({ method: "PUT", target: "/b/k", headers: new Map(signed).set("x-amz-meta-a", "Hello W\xf6rld") });
});

test("signing keys: a changed secret never meets an old key, and the cache forgets the oldest", () => {
  const keys = new SigningKeys(1);
  const scope = { date: "20260221", region: "r", service: "s3" };
  const first = keys.signingKey("AK", new SecretBytes(Buffer.from("one")), scope);
  assert.equal(keys.signingKey("AK", new SecretBytes(Buffer.from("one")), scope), first);
  const second = keys.signingKey("AK", new SecretBytes(Buffer.from("two")), scope);
  assert.notEqual(second, first);
  assert.ok(!second.equals(first));
  const again = keys.signingKey("AK", new SecretBytes(Buffer.from("one")), scope);
  assert.notEqual(again, first);
  assert.ok(again.equals(first));
});

test("any Authorization header or X-Amz query parses or throws WireError", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "AWS4-HMAC-SHA256 ",
      "Credential=",
      "AK/20130524/us-east-1/s3/aws4_request",
      ",",
      "SignedHeaders=host",
    ),
    fc.constantFrom(
      "Signature=",
      "X-Amz-Algorithm=AWS4-HMAC-SHA256",
      "&X-Amz-Credential=",
      "&X-Amz-Date=",
      "%",
      "%zz",
    ),
  );
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, text, (authorization, query) => {
      for (const [target, sent] of [
        ["/b/k", authorization],
        [`/b/k?X-Amz-Algorithm=${query}`, undefined],
      ] as const) {
        const headers = new Map([
          ["host", "h"],
          ["x-amz-date", examples.amzDate],
        ]);
        if (sent !== undefined) headers.set("authorization", sent);
        try {
          parseRequestSignature(
            { method: "GET", target, headers },
            { nowMs, region: "us-east-1", services: ["s3"] },
          );
        } catch (error) {
          assert.ok(error instanceof WireError);
        }
      }
    }),
    { numRuns: 500 },
  );
});
