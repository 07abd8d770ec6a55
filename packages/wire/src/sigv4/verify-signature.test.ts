import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import { createChecksum } from "../checksums/create-checksum.ts";
import { headersFromRaw } from "../headers.ts";
import { WireError } from "../wire-error.ts";
import { canonicalRequest } from "./canonical-request.ts";
import { parseRequestSignature } from "./parse-request-signature.ts";
import { printPayloadHash } from "./payload-mode.ts";
import type { SignableRequest } from "./request-signature.ts";
import { deriveSigningKey } from "./signing-keys.ts";
import { stringToSign } from "./string-to-sign.ts";
import { verifySignature } from "./verify-signature.ts";

interface SuiteCase {
  readonly name: string;
  readonly context: {
    readonly credentials: { readonly secret_access_key: string };
    readonly normalize: boolean;
    readonly omit_session_token?: boolean;
    readonly region: string;
    readonly service: string;
    readonly timestamp: string;
  };
  readonly headerCanonicalRequest: string;
  readonly headerStringToSign: string;
  readonly headerSignedRequest: string;
  readonly queryCanonicalRequest: string;
  readonly queryStringToSign: string;
  readonly querySignedRequest: string;
}

const VECTORS = new URL("../../../../vectors/wire/sigv4-test-suite.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(VECTORS, "utf8")) as { cases: readonly SuiteCase[] };

function skipReason({ name, context }: SuiteCase): string | false {
  if (name === "get-header-value-multiline") return "folded header lines are no longer HTTP (RFC 9112 §5.2)";
  const dotted = name.includes("slash") || name.includes("relative");
  return context.normalize && dotted ? "paths are never normalised: S3 keys may hold // and .." : false;
}

function readSignedRequest(text: string): { request: SignableRequest; body: Buffer } {
  const [head = "", body = ""] = text.split(/\n\n([\s\S]*)/);
  const [line = "", ...headerLines] = head.split("\n").filter((entry) => entry !== "");
  const target = line.slice(line.indexOf(" ") + 1, line.lastIndexOf(" "));
  const raw = headerLines.flatMap((entry) => {
    const colon = entry.indexOf(":");
    return [entry.slice(0, colon), entry.slice(colon + 1)];
  });
  const method = line.slice(0, line.indexOf(" "));
  const wireTarget = Buffer.from(target, "utf8").toString("latin1");
  return { request: { method, target: wireTarget, headers: headersFromRaw(raw) }, body: Buffer.from(body) };
}

function verifyCase(suiteCase: SuiteCase, signedRequest: string, canonical: string, toSign: string): void {
  const { context } = suiteCase;
  const { request, body } = readSignedRequest(signedRequest);
  const secret = new SecretBytes(Buffer.from(context.credentials.secret_access_key));
  const nowMs = Date.parse(context.timestamp);
  const signature = parseRequestSignature(request, {
    nowMs,
    region: context.region,
    services: [context.service],
  });
  assert.ok(signature !== null);
  const hash = createChecksum("SHA256");
  hash.update(body);
  const bodySha256Hex = hash.digest().toString("hex");
  const payloadHash = printPayloadHash(signature.payload, bodySha256Hex);
  const { signedHeaders, scope, amzDate } = signature;
  assert.equal(canonicalRequest(request, { service: scope.service, signedHeaders, payloadHash }), canonical);
  assert.equal(stringToSign(amzDate, scope, canonical), toSign);
  verifySignature({ request, signature, signingKey: deriveSigningKey(secret, scope), bodySha256Hex });
}

let verified = 0;
for (const suiteCase of cases) {
  const omitted = suiteCase.context.omit_session_token === true;
  test(`AWS SigV4 suite, header: ${suiteCase.name}`, { skip: skipReason(suiteCase) }, () => {
    const run = (): void =>
      verifyCase(
        suiteCase,
        suiteCase.headerSignedRequest,
        suiteCase.headerCanonicalRequest,
        suiteCase.headerStringToSign,
      );
    // A session token added after signing is what S3 calls an unsigned header.
    if (omitted) assert.throws(run, (error) => error instanceof WireError && error.code === "AccessDenied");
    else run();
    verified += 1;
  });
  test(`AWS SigV4 suite, query: ${suiteCase.name}`, {
    skip: skipReason(suiteCase) || (omitted && "the token is an unsigned parameter here"),
  }, () => {
    verifyCase(
      suiteCase,
      suiteCase.querySignedRequest,
      suiteCase.queryCanonicalRequest,
      suiteCase.queryStringToSign,
    );
    verified += 1;
  });
}

test("AWS SigV4 suite: enough cases were checked", (context) => {
  context.diagnostic(`${verified} signatures of the suite checked`);
  assert.ok(verified >= 50);
});

test("[L-110] customer keys and tokens never enter the error document", () => {
  const headers = new Map([
    ["host", "h"],
    ["x-amz-date", "20260221T001820Z"],
    ["x-amz-content-sha256", "UNSIGNED-PAYLOAD"],
    ["x-amz-server-side-encryption-customer-key", "Y2FuYXJ5"],
    ["x-amz-copy-source-server-side-encryption-customer-key", "Y2FuYXJ5"],
    ["x-amz-security-token", "canary-token"],
  ]);
  const names = [...headers.keys()].sort().join(";");
  const scope = "AK/20260221/us-east-1/s3/aws4_request";
  headers.set("authorization", `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=${names}, Signature=00`);
  const request = { method: "GET", target: "/b/k?X=y", headers };
  const nowMs = Date.UTC(2026, 1, 21, 0, 18, 20);
  const signature = parseRequestSignature(request, { nowMs, region: "us-east-1", services: ["s3"] });
  assert.ok(signature !== null);
  const signingKey = deriveSigningKey(SecretBytes.random(40), signature.scope);
  assert.throws(
    () => verifySignature({ request, signature, signingKey }),
    (error) => {
      assert.ok(error instanceof WireError);
      assert.equal(error.code, "SignatureDoesNotMatch");
      const shown = JSON.stringify(error.details);
      assert.ok(error.details["CanonicalRequest"]?.includes("customer-key:[secret]"));
      for (const secret of ["Y2FuYXJ5", "canary-token"]) {
        assert.ok(!shown.includes(secret));
        assert.ok(
          !shown.includes(
            Buffer.from(secret)
              .toString("hex")
              .replace(/(..)(?!$)/g, "$1 "),
          ),
        );
      }
      return true;
    },
  );
});
