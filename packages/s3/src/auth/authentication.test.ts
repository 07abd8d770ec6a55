import assert from "node:assert/strict";
import { createHash, createHmac, hash, type KeyObject } from "node:crypto";
import { after, before, test } from "node:test";
import { presign, printAmzDate, SigningKeys } from "@strongroom/wire";
import {
  FIXTURE_REGION,
  type FixtureAnswer,
  type ServiceFixture,
  sendRaw,
  signedHeaders,
  startServiceFixture,
} from "../service-fixture.ts";

let fixture: ServiceFixture;
before(async () => {
  fixture = await startServiceFixture();
  await fixture.send("PUT", "/vault");
  await fixture.send("PUT", "/vault/k", { body: "hello" });
});
after(() => fixture.close());

const codeOf = ({ body }: FixtureAnswer): string => /<Code>([^<]*)</.exec(body)?.[1] ?? "none";
const elementsOf = ({ body }: FixtureAnswer): readonly string[] =>
  [...body.matchAll(/<([A-Za-z0-9-]+)>/g)].map((match) => match[1] ?? "").filter((name) => name !== "Error");

function presigned(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  expiresSeconds = 60,
): string {
  return presign({
    method,
    target,
    headers: new Map(Object.entries({ host: fixture.host, ...headers })),
    credentials: fixture.alice.credentials,
    region: FIXTURE_REGION,
    service: "s3",
    nowMs: Date.now(),
    expiresSeconds,
  });
}

const unsigned = (
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  body = "",
): Promise<FixtureAnswer> =>
  sendRaw(
    fixture.port,
    method,
    target,
    {
      host: fixture.host,
      ...(method === "PUT" ? { "content-length": String(body.length) } : {}),
      ...headers,
    },
    body,
  );

test("anonymous callers may do nothing that nobody granted, and unknown keys are nobody's", async () => {
  for (const [method, target] of [
    ["GET", "/"],
    ["GET", "/vault"],
    ["GET", "/vault/k"],
    ["GET", "/vault/none"],
    ["PUT", "/vault/anonymous"],
    ["DELETE", "/vault/k"],
    ["PUT", "/anonymous-bucket"],
  ] as const) {
    const anonymous = await unsigned(method, target, {}, method === "PUT" ? "x" : "");
    assert.equal(`${anonymous.status} ${codeOf(anonymous)}`, "403 AccessDenied", `${method} ${target}`);
    assert.match(anonymous.body, /<Message>Access Denied<\/Message>/);
  }
  const stranger = {
    ...fixture.alice,
    credentials: { ...fixture.alice.credentials, accessKeyId: "AKIANOBODY" },
  };
  const unknown = await fixture.send("GET", "/no-such-bucket/k", { as: stranger });
  assert.equal(`${unknown.status} ${codeOf(unknown)}`, "403 InvalidAccessKeyId");
});

test("a wrong signature is explained with S3's elements and no secret", async () => {
  const forger = {
    ...fixture.alice,
    credentials: {
      accessKeyId: fixture.alice.credentials.accessKeyId,
      secretAccessKey: fixture.bob.credentials.secretAccessKey,
    },
  };
  const answer = await fixture.send("GET", "/vault/k", { as: forger });
  assert.equal(answer.status, 403);
  assert.deepEqual(elementsOf(answer), [
    "Code",
    "Message",
    "AWSAccessKeyId",
    "StringToSign",
    "SignatureProvided",
    "StringToSignBytes",
    "CanonicalRequest",
    "CanonicalRequestBytes",
    "RequestId",
    "HostId",
  ]);
  assert.ok(!answer.body.includes("fixture-secret"));
});

test("session tokens are refused while none are issued", async () => {
  const answer = await fixture.send("GET", "/vault/k", {
    as: { ...fixture.alice, credentials: { ...fixture.alice.credentials, sessionToken: "made-up" } },
  });
  assert.equal(`${answer.status} ${codeOf(answer)}`, "400 InvalidToken");
});

test("a body that is not the signed one is refused and not stored", async () => {
  const answer = await fixture.send("PUT", "/vault/forged", {
    body: "forged",
    payloadHash: hash("sha256", "signed"),
  });
  assert.equal(`${answer.status} ${codeOf(answer)}`, "400 XAmzContentSHA256Mismatch");
  assert.deepEqual(elementsOf(answer).slice(2, 4), [
    "ClientComputedContentSHA256",
    "S3ComputedContentSHA256",
  ]);
  assert.equal((await fixture.send("HEAD", "/vault/forged")).status, 404);
});

test("an unsigned payload is stored as it comes", async () => {
  const answer = await fixture.send("PUT", "/vault/u", { body: "u", payloadHash: "UNSIGNED-PAYLOAD" });
  assert.equal(answer.status, 200);
});

test("an upload must say how long it is", async () => {
  const put = async (headers: Record<string, string>): Promise<string> => {
    const all = signedHeaders(
      fixture.host,
      "PUT",
      "/vault/l",
      { headers, payloadHash: "UNSIGNED-PAYLOAD" },
      fixture.alice,
    );
    const answer = await sendRaw(fixture.port, "PUT", "/vault/l", all, "");
    return `${answer.status} ${codeOf(answer)}`;
  };
  assert.equal(await put({ "transfer-encoding": "chunked" }), "501 NotImplemented");
});

interface Framing {
  readonly signed: boolean;
  readonly trailer: boolean;
  readonly decodedSizeBytes?: number;
  readonly spoil?: (wire: string) => string;
  readonly trailerValue?: string;
}

/** Sends `pieces` framed as aws-chunked, as an SDK would. */
async function sendChunked(
  objectKey: string,
  pieces: readonly string[],
  framing: Framing,
): Promise<FixtureAnswer> {
  const whole = pieces.join("");
  const sha256 = createHash("sha256").update(whole).digest("base64");
  const { signed, trailer } = framing;
  const target = `/vault/${objectKey}`;
  const headers = signedHeaders(
    fixture.host,
    "PUT",
    target,
    {
      headers: {
        "content-encoding": "aws-chunked",
        "transfer-encoding": "chunked",
        "x-amz-decoded-content-length": String(framing.decodedSizeBytes ?? whole.length),
        ...(trailer ? { "x-amz-trailer": "x-amz-checksum-sha256" } : {}),
      },
      payloadHash: signed
        ? `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer ? "-TRAILER" : ""}`
        : "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    },
    fixture.alice,
  );
  const chain = chunkSigner(headers);
  const frames = [...pieces, ""].map((piece) => {
    const extension = signed
      ? `;chunk-signature=${chain("PAYLOAD", `${hash("sha256", "")}\n${hash("sha256", piece)}`)}`
      : "";
    return `${piece.length.toString(16)}${extension}\r\n${piece === "" ? "" : `${piece}\r\n`}`;
  });
  if (trailer) {
    const line = `x-amz-checksum-sha256:${framing.trailerValue ?? sha256}`;
    frames.push(`${line}\r\n`);
    if (signed) frames.push(`x-amz-trailer-signature:${chain("TRAILER", hash("sha256", `${line}\n`))}\r\n`);
  }
  const wire = `${frames.join("")}\r\n`;
  return await sendRaw(fixture.port, "PUT", target, headers, framing.spoil?.(wire) ?? wire);
}

function chunkSigner(headers: Readonly<Record<string, string>>): (kind: string, rest: string) => string {
  const amzDate = headers["x-amz-date"] ?? printAmzDate(Date.now());
  const scope = { date: amzDate.slice(0, 8), region: FIXTURE_REGION, service: "s3" };
  const { accessKeyId, secretAccessKey } = fixture.alice.credentials;
  const key: KeyObject = new SigningKeys().signingKey(accessKeyId, secretAccessKey, scope);
  let previous = /Signature=([0-9a-f]{64})/.exec(headers["authorization"] ?? "")?.[1] ?? "";
  return (kind, rest) => {
    const scopeText = `${scope.date}/${scope.region}/s3/aws4_request`;
    const text = `AWS4-HMAC-SHA256-${kind}\n${amzDate}\n${scopeText}\n${previous}\n${rest}`;
    previous = createHmac("sha256", key).update(text).digest("hex");
    return previous;
  };
}

const PIECES = ["a".repeat(8192), "b".repeat(9000), "tail"];
const MODES = [
  { signed: true, trailer: false },
  { signed: true, trailer: true },
  { signed: false, trailer: true },
] as const;

test("§4.5 every streaming mode stores the decoded body", async () => {
  for (const mode of MODES) {
    const name = `chunked-${mode.signed}-${mode.trailer}`;
    const answer = await sendChunked(name, PIECES, mode);
    assert.equal(answer.status, 200, answer.body);
    const stored = await fixture.send("GET", `/vault/${name}`);
    assert.equal(stored.body, PIECES.join(""));
    assert.equal(stored.headers["content-encoding"], undefined);
  }
});

test("§4.5 [L-162] a spoiled chunk, signature, trailer or length stores nothing", async () => {
  // Of data: four of them may stand in a signature, too.
  const flip = (wire: string): string => wire.replace("b".repeat(65), `bx${"b".repeat(63)}`);
  const cases: readonly (Framing & { readonly code: string })[] = [
    { signed: true, trailer: false, spoil: flip, code: "SignatureDoesNotMatch" },
    { signed: true, trailer: true, spoil: flip, code: "SignatureDoesNotMatch" },
    { signed: false, trailer: true, spoil: flip, code: "BadDigest" },
    {
      signed: true,
      trailer: true,
      spoil: (wire) => wire.replace(/trailer-signature:[0-9a-f]{8}/, "trailer-signature:00000000"),
      code: "SignatureDoesNotMatch",
    },
    { signed: false, trailer: true, trailerValue: "AAAA", code: "InvalidRequest" },
    { signed: false, trailer: true, decodedSizeBytes: 17_197, code: "IncompleteBody" },
    { signed: false, trailer: true, decodedSizeBytes: 17_195, code: "IncompleteBody" },
  ];
  for (const [at, { code, ...framing }] of cases.entries()) {
    const answer = await sendChunked("spoiled", PIECES, framing);
    assert.equal(codeOf(answer), code, `case ${at}: ${answer.body}`);
    assert.equal((await fixture.send("HEAD", "/vault/spoiled")).status, 404, `case ${at}`);
  }
});

test("[L-162] no streaming mode makes an unsigned request anything but anonymous", async () => {
  const frames = `2\r\nhi\r\n0\r\n\r\n`;
  for (const mode of [
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
  ]) {
    const headers = {
      "x-amz-content-sha256": mode,
      "content-encoding": "aws-chunked",
      "x-amz-decoded-content-length": "2",
    };
    const answer = await unsigned("PUT", "/vault/streamed", headers, frames);
    assert.equal(`${answer.status} ${codeOf(answer)}`, "403 AccessDenied", mode);
  }
  assert.equal((await fixture.send("HEAD", "/vault/streamed")).status, 404);
});

test("§1.8 presigned URLs read and write", async () => {
  assert.equal((await unsigned("GET", presigned("GET", "/vault/k"))).body, "hello");
  const put = await unsigned("PUT", presigned("PUT", "/vault/p"), {}, "presigned");
  assert.equal(put.status, 200, put.body);
  assert.equal((await fixture.send("GET", "/vault/p")).body, "presigned");
});

test("§1.8 [L-160] an x-amz- header that was not signed is refused", async () => {
  const answer = await unsigned("PUT", presigned("PUT", "/vault/p2"), { "x-amz-meta-a": "1" }, "x");
  assert.equal(`${answer.status} ${codeOf(answer)}`, "403 AccessDenied");
  assert.match(answer.body, /<HeadersNotSigned>x-amz-meta-a<\/HeadersNotSigned>/);
});

test("§1.8 x-amz- parameters of a presigned query act as headers", async () => {
  const target = "/vault/hoisted?x-amz-meta-colour=blue&x-amz-server-side-encryption=AES256&x-id=PutObject";
  const put = await unsigned("PUT", presigned("PUT", target), {}, "x");
  assert.equal(put.status, 200, put.body);
  assert.equal((await fixture.send("HEAD", "/vault/hoisted")).headers["x-amz-meta-colour"], "blue");
  const kms = presigned("PUT", "/vault/hoisted2?x-amz-server-side-encryption=aws:kms");
  assert.notEqual((await unsigned("PUT", kms, {}, "x")).status, 200);
});

test("§1.8 a checksum hoisted into the URL is not compared with the body", async () => {
  const target = presigned(
    "PUT",
    "/vault/crc?x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32",
  );
  assert.equal((await unsigned("PUT", target, {}, "not empty")).status, 200);
});

test("[L-114] a customer key in a URL is refused", async () => {
  const target = presigned("PUT", "/vault/c?x-amz-server-side-encryption-customer-key=AAAA");
  assert.equal((await unsigned("PUT", target, {}, "x")).status, 400);
});

test("a changed or expired presigned URL is refused", async () => {
  const changed = await unsigned("GET", `${presigned("GET", "/vault/k")}&versionId=null`);
  assert.equal(codeOf(changed), "SignatureDoesNotMatch");
  const late = await startServiceFixture({ clock: { nowMs: () => Date.now() + 3_600_000 } });
  const target = presign({
    method: "GET",
    target: "/vault/k",
    headers: new Map([["host", late.host]]),
    credentials: late.alice.credentials,
    region: FIXTURE_REGION,
    service: "s3",
    nowMs: Date.now(),
    expiresSeconds: 60,
  });
  const expired = await sendRaw(late.port, "GET", target, { host: late.host });
  await late.close();
  assert.equal(`${expired.status} ${codeOf(expired)}`, "403 AccessDenied");
  assert.match(expired.body, /<Message>Request has expired<\/Message>/);
});
