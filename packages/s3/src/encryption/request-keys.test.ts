import assert from "node:assert/strict";
import { test } from "node:test";
import type { SessionFacts } from "@strongroom/iam";
import type { S3Request } from "../http/s3-request.ts";
import { S3KeyRequester } from "./request-keys.ts";

const facts = (): SessionFacts => ({
  issuedMs: 1,
  expiresMs: 2,
  policies: [],
  mfaAuthenticatedMs: null,
  tags: new Map(),
  transitiveTagKeys: [],
  sourceIdentity: null,
  conditionKeys: new Map(),
});

function requestOf(session: SessionFacts | null, other: Partial<S3Request> = {}): S3Request {
  return {
    requestId: "0",
    method: "GET",
    bucket: "vault",
    objectKey: "k",
    query: new Map(),
    header: () => undefined,
    headerNames: () => [],
    caller: {
      principal: { kind: "anonymous" },
      session,
      accountId: "",
      canonicalUserId: "",
      arn: "arn:aws:sts::111122223333:assumed-role/r/s",
      displayName: "",
    },
    signature: { kind: "header", signedAtMs: 0 },
    sourceIp: "192.0.2.1",
    secure: true,
    tlsVersion: "1.3",
    body: (async function* () {})(),
    integrity: {},
    readText: async () => "",
    ...other,
  };
}

const nameOf = (session: SessionFacts | null, other?: Partial<S3Request>): string =>
  new S3KeyRequester(requestOf(session, other)).name;

test("[L-167] a bucket's key is not shared between sessions, even of one role, one name and one millisecond", () => {
  const session = facts();
  assert.equal(nameOf(session), nameOf(session));
  assert.notEqual(nameOf(session), nameOf(facts()));
  assert.notEqual(nameOf(session), nameOf(null));
});

test("a bucket's key that was opened for one address is asked for again from another", () => {
  assert.equal(nameOf(null), nameOf(null));
  assert.notEqual(nameOf(null), nameOf(null, { sourceIp: "198.51.100.7" }));
  assert.notEqual(nameOf(null), nameOf(null, { header: () => "another agent" }));
});

test("§2.6 an open key of a bucket serves no request that may use no key", () => {
  assert.throws(() => nameOf(null, { secure: false, tlsVersion: null }), /over a secure connection/);
  assert.throws(() => nameOf(null, { signature: null }), /require AWS Signature Version 4/);
  const old = { kind: "post-form", version: "AWS", signedAtMs: 0 } as const;
  assert.throws(() => nameOf(null, { signature: old }), /require AWS Signature Version 4/);
});
