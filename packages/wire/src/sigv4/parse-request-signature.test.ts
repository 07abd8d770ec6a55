import assert from "node:assert/strict";
import { test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import { WireError, type WireErrorCode } from "../wire-error.ts";
import { parseRequestSignature } from "./parse-request-signature.ts";
import type { SignableRequest } from "./request-signature.ts";
import { presign, signRequest } from "./sign-request.ts";

const nowMs = Date.UTC(2026, 10, 24, 12, 0, 0);
const expected = { nowMs, region: "us-east-1", services: ["s3"] };
const input = {
  method: "PUT",
  target: "/bucket/key",
  headers: new Map([["host", "h"]]),
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: new SecretBytes(Buffer.from("secret")) },
  region: "us-east-1",
  service: "s3",
  nowMs,
};

function signed(
  changes: Partial<typeof input> = {},
  edit: (headers: Map<string, string>) => void = () => {},
): SignableRequest {
  const headers = signRequest({ ...input, ...changes });
  edit(headers);
  return { method: input.method, target: input.target, headers };
}

function presigned(
  changes: Partial<typeof input> = {},
  edit: (target: string) => string = (target) => target,
): SignableRequest {
  const target = edit(presign({ ...input, ...changes, expiresSeconds: 60 }));
  return { method: input.method, target, headers: input.headers };
}

function replaceIn(
  name: string,
  pattern: string | RegExp,
  text: string,
): (headers: Map<string, string>) => void {
  return (headers) => headers.set(name, (headers.get(name) ?? "").replace(pattern, text));
}

const REFUSED: readonly [string, SignableRequest, WireErrorCode, RegExp][] = [
  [
    "SigV2 header",
    signed({}, (h) => h.set("authorization", "AWS AK:sig")),
    "InvalidRequest",
    /Please use AWS4-HMAC-SHA256\.$/,
  ],
  [
    "other scheme",
    signed({}, (h) => h.set("authorization", "Bearer x")),
    "InvalidArgument",
    /^Unsupported Authorization Type$/,
  ],
  [
    "missing component",
    signed({}, replaceIn("authorization", /, Signature=.*/, "")),
    "AuthorizationHeaderMalformed",
    /three components/,
  ],
  [
    "wrong region",
    signed({ region: "aws-global" }),
    "AuthorizationHeaderMalformed",
    /^The authorization header is malformed; the region 'aws-global' is wrong; expecting 'us-east-1'$/,
  ],
  ["wrong service", signed({ service: "kms" }), "AuthorizationHeaderMalformed", /incorrect service "kms"/],
  [
    "wrong terminal",
    signed({}, replaceIn("authorization", "aws4_request", "aws5_request")),
    "AuthorizationHeaderMalformed",
    /incorrect terminal/,
  ],
  [
    "other date in the scope",
    signed({}, replaceIn("authorization", "20261124", "20261123")),
    "AuthorizationHeaderMalformed",
    /Invalid credential date/,
  ],
  ["no date", signed({}, (h) => h.delete("x-amz-date")), "AccessDenied", /valid Date or x-amz-date header/],
  ["skewed back", signed({ nowMs: nowMs - 901_000 }), "RequestTimeTooSkewed", /too large/],
  ["skewed ahead", signed({ nowMs: nowMs + 901_000 }), "RequestTimeTooSkewed", /too large/],
  [
    "no payload hash",
    signed({}, (h) => h.delete("x-amz-content-sha256")),
    "InvalidRequest",
    /x-amz-content-sha256/,
  ],
  [
    "bad payload hash",
    signed({}, (h) => h.set("x-amz-content-sha256", "abc")),
    "InvalidArgument",
    /must be UNSIGNED-PAYLOAD/,
  ],
  [
    "ECDSA chunks",
    signed({}, (h) => h.set("x-amz-content-sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")),
    "NotImplemented",
    /ECDSA/,
  ],
  [
    "both mechanisms",
    { ...signed(), target: presigned().target },
    "InvalidArgument",
    /Only one auth mechanism/,
  ],
  [
    "SigV2 query",
    { ...presigned(), target: "/b/k?AWSAccessKeyId=AK&Expires=1&Signature=x" },
    "InvalidRequest",
    /not supported/,
  ],
  [
    "missing parameter",
    presigned({}, (t) => t.replace(/&X-Amz-Signature=.*/, "")),
    "AuthorizationQueryParametersError",
    /^Query-string authentication version 4 requires/,
  ],
  [
    "double-encoded credential",
    presigned({}, (t) => t.replaceAll("%2F", "%252F")),
    "AuthorizationQueryParametersError",
    /^Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>\/YYYYMMDD\/REGION\/SERVICE\/aws4_request"\.$/,
  ],
  [
    "expires beyond a week",
    presigned({}, (t) => t.replace("Expires=60", "Expires=604801")),
    "AuthorizationQueryParametersError",
    /less than a week/,
  ],
  [
    "expires negative",
    presigned({}, (t) => t.replace("Expires=60", "Expires=-7")),
    "AuthorizationQueryParametersError",
    /non-negative/,
  ],
  [
    "expires no number",
    presigned({}, (t) => t.replace("Expires=60", "Expires=1e3")),
    "AuthorizationQueryParametersError",
    /number/,
  ],
  ["expired", presigned({ nowMs: nowMs - 60_000 }), "AccessDenied", /^Request has expired$/],
  ["not yet valid", presigned({ nowMs: nowMs + 901_000 }), "AccessDenied", /not yet valid/],
  [
    "parameter twice",
    presigned({}, (t) => `${t}&X-Amz-Expires=9`),
    "AuthorizationQueryParametersError",
    /twice/,
  ],
];

for (const [name, request, code, message] of REFUSED) {
  test(`refused with S3's answer: ${name}`, () => {
    assert.throws(
      () => parseRequestSignature(request, expected),
      (error) => error instanceof WireError && error.code === code && message.test(error.message),
    );
  });
}

test("[L-160] an unsigned x-amz-* header is refused by name, in both kinds", () => {
  const extra = new Map([
    ["x-amz-server-side-encryption", "AES256"],
    ["x-amz-date", "x"],
    ["x-amz-content-sha256", "UNSIGNED-PAYLOAD"],
  ]);
  const url: SignableRequest = { ...presigned(), headers: new Map([...input.headers, ...extra]) };
  assert.throws(() => parseRequestSignature(url, expected), {
    code: "AccessDenied",
    message: "There were headers present in the request which were not signed",
    details: { HeadersNotSigned: "x-amz-date, x-amz-server-side-encryption" },
  });
  const header = signed({}, (headers) => headers.set("x-amz-meta-wrong", "1"));
  assert.throws(() => parseRequestSignature(header, expected), {
    details: { HeadersNotSigned: "x-amz-meta-wrong" },
  });
  const noHost = signed({}, replaceIn("authorization", "SignedHeaders=host;", "SignedHeaders="));
  assert.throws(() => parseRequestSignature(noHost, expected), { details: { HeadersNotSigned: "host" } });
});

test("an expired URL says when it expired", () => {
  assert.throws(() => parseRequestSignature(presigned({ nowMs: nowMs - 61_000 }), expected), {
    details: { "X-Amz-Expires": "60", Expires: "2026-11-24T11:59:59Z", ServerTime: "2026-11-24T12:00:00Z" },
  });
});

test("a request without a signature is anonymous", () => {
  const request = { method: "GET", target: "/b/k?list-type=2", headers: input.headers };
  assert.equal(parseRequestSignature(request, expected), null);
});

test("what was parsed is typed: payload modes, expiry, token, further regions", () => {
  for (const [text, payload] of [
    ["UNSIGNED-PAYLOAD", { kind: "unsigned" }],
    ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", { kind: "streaming", signed: false, trailer: true }],
    ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", { kind: "streaming", signed: true, trailer: false }],
    ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", { kind: "streaming", signed: true, trailer: true }],
    ["a".repeat(64), { kind: "sha256", hex: "a".repeat(64) }],
  ] as const) {
    const request = { ...signed(), headers: signRequest({ ...input, payloadHash: text }) };
    assert.deepEqual(parseRequestSignature(request, expected)?.payload, payload);
  }
  const url = parseRequestSignature(presigned(), expected);
  assert.equal(url?.kind, "presigned");
  assert.equal(url?.expiresSeconds, 60);
  assert.deepEqual(url?.payload, { kind: "unsigned" });
  const withToken = { ...input.credentials, sessionToken: "token" };
  assert.equal(parseRequestSignature(signed({ credentials: withToken }), expected)?.securityToken, "token");
  const iam = { nowMs, region: "eu-west-1", services: ["s3", "iam"], furtherRegions: { iam: ["us-east-1"] } };
  assert.deepEqual(parseRequestSignature(signed({ service: "iam" }), iam)?.payload, { kind: "body" });
  assert.throws(() => parseRequestSignature(signed(), iam), { details: { Region: "eu-west-1" } });
});

test("x-amz-date may be left out in favour of Date", () => {
  const request = signed({}, (headers) => {
    headers.delete("x-amz-date");
    headers.set("date", new Date(nowMs).toUTCString());
  });
  assert.equal(parseRequestSignature(request, expected)?.amzDate, "20261124T120000Z");
});

test("a clock may differ by 15 minutes exactly, and by not one second more", () => {
  const codeOf = (request: SignableRequest): string => {
    try {
      return parseRequestSignature(request, expected)?.kind ?? "anonymous";
    } catch (error) {
      return error instanceof WireError ? error.code : String(error);
    }
  };
  for (const offsetMs of [-900_000, 900_000])
    assert.equal(codeOf(signed({ nowMs: nowMs + offsetMs })), "header");
  for (const offsetMs of [-901_000, 901_000]) {
    assert.equal(codeOf(signed({ nowMs: nowMs + offsetMs })), "RequestTimeTooSkewed");
  }
  assert.equal(codeOf(presigned({ nowMs: nowMs + 900_000 })), "presigned");
  assert.equal(codeOf(presigned({ nowMs: nowMs + 901_000 })), "AccessDenied");
});
