// biome-ignore-all lint/suspicious/noTemplateCurlyInString: so S3 writes its variable
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { breakOff, type FormUpload, postForm } from "../post-object/form-fixture.ts";
import { type FixtureAnswer, type ServiceFixture, startServiceFixture } from "../service-fixture.ts";

let fixture: ServiceFixture;
before(async () => {
  fixture = await startServiceFixture();
  await fixture.send("PUT", "/vault");
});
after(() => fixture.close());

const elementOf = ({ body }: FixtureAnswer, name: string): string =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? "none";
const verdict = (answer: FixtureAnswer): string => `${answer.status} ${elementOf(answer, "Code")}`;
const md5 = (bytes: string | Uint8Array): string => createHash("md5").update(bytes).digest("hex");

async function refused(upload: FormUpload, expected: string, key = "form.txt"): Promise<FixtureAnswer> {
  const answer = await postForm(fixture, upload);
  assert.equal(verdict(answer), expected, answer.body);
  assert.equal((await fixture.send("HEAD", `/vault/${key}`)).status, 404, "nothing is stored");
  return answer;
}

test("a form stores its file with what its fields say", async () => {
  const content = randomBytes(300_000);
  const fields = {
    key: "photos/größe & 1.bin",
    "Content-Type": "text/plain",
    "Cache-Control": "max-age=60",
    "Content-Disposition": "attachment",
    "x-amz-meta-Colour": "green",
    "x-amz-storage-class": "STANDARD_IA",
    "x-amz-server-side-encryption": "AES256",
    acl: "bucket-owner-full-control",
    tagging: "<Tagging><TagSet><Tag><Key>a b</Key><Value>1=2</Value></Tag></TagSet></Tagging>",
  };
  const answer = await postForm(fixture, { fields, file: content });
  assert.equal(answer.status, 204, answer.body);
  assert.equal(answer.body, "");
  assert.equal(answer.headers["content-type"], undefined);
  assert.equal(answer.headers["etag"], `"${md5(content)}"`);
  assert.equal(
    answer.headers["location"],
    `http://${fixture.host}/vault/photos%2Fgr%C3%B6%C3%9Fe%20%26%201.bin`,
  );
  assert.equal(answer.headers["x-amz-server-side-encryption"], "AES256");
  assert.equal(answer.headers["x-amz-checksum-type"], "FULL_OBJECT");
  const target = "/vault/photos/gr%C3%B6%C3%9Fe%20%26%201.bin";
  const head = await fixture.send("HEAD", target, { headers: { "x-amz-checksum-mode": "ENABLED" } });
  assert.equal(head.headers["content-length"], "300000");
  assert.equal(head.headers["content-type"], "text/plain");
  assert.equal(head.headers["cache-control"], "max-age=60");
  assert.equal(head.headers["content-disposition"], "attachment");
  assert.equal(head.headers["x-amz-meta-colour"], "green");
  assert.equal(head.headers["x-amz-storage-class"], "STANDARD_IA");
  assert.equal(head.headers["x-amz-checksum-crc64nvme"], answer.headers["x-amz-checksum-crc64nvme"]);
  const tags = await fixture.send("GET", `${target}?tagging`);
  assert.match(tags.body, /<Key>a b<\/Key><Value>1=2<\/Value>/);
  await fixture.send("DELETE", target);
});

test("a bucket may be in the host as well", async () => {
  const headers = { host: "vault.s3.example.com" };
  const answer = await postForm(fixture, { fields: { key: "by/host" }, target: "/", headers });
  assert.equal(`${answer.status} ${answer.headers["location"]}`, "204 http://vault.s3.example.com/by%2Fhost");
});

test("a file without a type of its own field is binary, whatever its part says", async () => {
  await postForm(fixture, { fields: { key: "typeless" } });
  assert.equal(
    (await fixture.send("HEAD", "/vault/typeless")).headers["content-type"],
    "binary/octet-stream",
  );
});

test("success_action_status and success_action_redirect", async () => {
  const answerTo = (fields: Record<string, string>): Promise<FixtureAnswer> =>
    postForm(fixture, {
      fields: { key: "dir/${filename}", ...fields },
      uncovered: ["key"],
      conditions: [["starts-with", "$key", "dir/"]],
    });
  const created = await answerTo({ success_action_status: "201" });
  assert.equal(created.status, 201);
  assert.equal(created.headers["content-type"], "application/xml");
  const location = `http://${fixture.host}/vault/dir%2Fa.txt`;
  assert.equal(created.headers["location"], location);
  assert.match(created.body, /<PostResponse><Location>/);
  assert.deepEqual(
    ["Location", "Bucket", "Key", "ETag"].map((name) => elementOf(created, name)),
    [location, "vault", "dir/a.txt", `"${md5("content")}"`].map((text) =>
      text.replaceAll('"', text === location ? '"' : "&quot;"),
    ),
  );
  for (const [status, expected] of [
    ["200", 200],
    ["204", 204],
    ["404", 204],
    ["", 204],
  ] as const) {
    const answer = await answerTo({ success_action_status: status });
    assert.equal(`${answer.status} ${answer.body}`, `${expected} `, status);
  }
  const result = `bucket=vault&key=dir%2Fa.txt&etag=%22${md5("content")}%22`;
  for (const [field, url, expected] of [
    ["success_action_redirect", "http://localhost.test/random", `http://localhost.test/random?${result}`],
    ["success_action_redirect", "https://h.example/?a=b#top", `https://h.example/?a=b&${result}#top`],
    ["redirect", "http://h.example", `http://h.example?${result}`],
  ] as const) {
    const answer = await answerTo({ [field]: url, success_action_status: "201" });
    assert.equal(`${answer.status} ${answer.headers["location"]}`, `303 ${expected}`);
    assert.equal(answer.body, "");
  }
  for (const url of [
    "/wrong/redirect/relative",
    "javascript:alert(1)",
    "ftp://h.example/",
    "http://h.example/\r\nx: y",
    "",
  ]) {
    assert.equal((await answerTo({ success_action_redirect: url })).status, 204, url);
  }
  await fixture.send("DELETE", "/vault/dir/a.txt");
});

test("the size of the file is held against the policy (recorded)", async () => {
  const range = [["content-length-range", 5, 10]];
  const large = await refused({ conditions: range, file: "a".repeat(12) }, "400 EntityTooLarge");
  assert.equal(`${elementOf(large, "ProposedSize")} ${elementOf(large, "MaxSizeAllowed")}`, "12 10");
  const huge = await refused({ conditions: range, file: randomBytes(700_000) }, "400 EntityTooLarge");
  assert.equal(elementOf(huge, "ProposedSize"), "700000");
  const small = await refused({ conditions: range, file: "a" }, "400 EntityTooSmall");
  assert.equal(`${elementOf(small, "ProposedSize")} ${elementOf(small, "MinSizeAllowed")}`, "1 5");
  for (const file of ["a".repeat(5), "a".repeat(10)]) {
    assert.equal((await postForm(fixture, { conditions: range, file })).status, 204);
  }
  await fixture.send("DELETE", "/vault/form.txt");
});

test("[L-161] what the policy does not allow is refused and stores nothing", async () => {
  const extra = await refused({ fields: { acl: "private" }, uncovered: ["acl"] }, "403 AccessDenied");
  assert.equal(elementOf(extra, "Message"), "Invalid according to Policy: Extra input fields: acl");
  await refused({ change: { "x-amz-meta-added": "1" } }, "403 AccessDenied");
  await refused({ change: { KEY: "other" } }, "400 MalformedPOSTRequest");
  await refused({ change: { key: "form.txtx" } }, "403 AccessDenied", "form.txtx");
  await refused({ change: { bucket: "other" } }, "403 AccessDenied");
  const expired = await refused({ expiresMs: Date.now() - 1000 }, "403 AccessDenied");
  assert.equal(elementOf(expired, "Message"), "Invalid according to Policy: Policy expired.");
  await fixture.send("PUT", "/elsewhere");
  assert.equal(verdict(await postForm(fixture, { target: "/elsewhere" })), "403 AccessDenied");
  assert.equal(verdict(await fixture.send("HEAD", "/elsewhere/form.txt")), "404 none");
});

test("fields after the file are ignored, x-ignore- fields are free", async () => {
  const answer = await postForm(fixture, {
    fields: { key: "after", "x-ignore-this": "1" },
    uncovered: ["x-ignore-this"],
    afterFile: { key: "other", acl: "public-read", "x-amz-meta-a": "1" },
  });
  assert.equal(answer.status, 204, answer.body);
  assert.equal((await fixture.send("HEAD", "/vault/after")).headers["x-amz-meta-a"], undefined);
});

test("signatures: versions 4 and 2, strangers, forgers and nobody", async () => {
  assert.equal((await postForm(fixture, { fields: { key: "v2" }, version: 2 })).status, 204);
  await refused({ change: { policy: "e30=" } }, "403 SignatureDoesNotMatch");
  await refused({ change: { "x-amz-signature": undefined } }, "400 InvalidArgument");
  await refused({ as: null }, "403 AccessDenied");
  await refused({ as: fixture.bob }, "403 AccessDenied");
  const credentials = { ...fixture.alice.credentials, accessKeyId: "AKIANOBODY" };
  await refused({ as: { ...fixture.alice, credentials } }, "403 InvalidAccessKeyId");
  await refused(
    { as: { ...fixture.alice, credentials: { ...fixture.alice.credentials, sessionToken: "made-up" } } },
    "400 InvalidToken",
  );
  const kms = { "x-amz-server-side-encryption": "aws:kms" };
  const old = await refused({ fields: kms, version: 2 }, "400 InvalidArgument");
  assert.equal(elementOf(old, "ArgumentName"), "Authorization");
});

test("[L-163] a form is signed in its fields or not at all", async () => {
  const credential = `${fixture.alice.credentials.accessKeyId}/20260101/us-east-1/s3/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`;
  await refused({ headers: { authorization } }, "400 InvalidArgument");
  await refused({ headers: { authorization }, as: null }, "400 InvalidArgument");
  await refused({ target: "/vault?X-Amz-Signature=0" }, "400 InvalidArgument");
  await refused({ headers: { "x-amz-meta-a": "1" } }, "403 AccessDenied");
  for (const [target, expected] of [
    ["/", "405 MethodNotAllowed"],
    ["/vault/form.txt", "405 MethodNotAllowed"],
    ["/vault?uploads", "501 NotImplemented"],
    ["/vault/form.txt?uploads", "403 AccessDenied"],
    ["/nobodys", "403 AccessDenied"],
  ] as const) {
    await refused({ target }, expected);
  }
});

test("a bucket policy lets anonymous forms in, and sees them as what they are", async () => {
  await fixture.send("PUT", "/public");
  await fixture.send("DELETE", "/public?publicAccessBlock");
  const statement = {
    Effect: "Allow",
    Principal: "*",
    Action: "s3:PutObject",
    Resource: "arn:aws:s3:::public/open/*",
    Condition: { StringEquals: { "s3:x-amz-storage-class": "STANDARD_IA" } },
  };
  const document = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  const put = await fixture.send("PUT", "/public?policy", { body: document });
  assert.equal(put.status, 204, put.body);
  const post = async (fields: Record<string, string>): Promise<string> =>
    verdict(await postForm(fixture, { bucket: "public", as: null, fields }));
  assert.equal(await post({ key: "open/a", "x-amz-storage-class": "STANDARD_IA" }), "204 none");
  assert.equal(await post({ key: "open/b" }), "403 AccessDenied");
  assert.equal(await post({ key: "closed/a", "x-amz-storage-class": "STANDARD_IA" }), "403 AccessDenied");
  assert.equal(
    await post({ key: "open/a", "x-amz-storage-class": "STANDARD_IA", bucket: "vault" }),
    "403 AccessDenied",
  );
  const tagging = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
  assert.equal(
    await post({ key: "open/c", "x-amz-storage-class": "STANDARD_IA", tagging }),
    "403 AccessDenied",
  );
});

test("checksum fields are held against the file", async () => {
  const sha256 = createHash("sha256").update("content").digest("base64");
  const right = await postForm(fixture, { fields: { key: "sum", "x-amz-checksum-sha256": sha256 } });
  assert.equal(`${right.status} ${right.headers["x-amz-checksum-sha256"]}`, `204 ${sha256}`);
  await refused({ fields: { "x-amz-checksum-sha256": sha256 }, file: "other" }, "400 BadDigest");
  await refused({ fields: { "x-amz-checksum-sha256": "sailorjerry" } }, "400 InvalidRequest");
  await refused(
    { fields: { "Content-MD5": Buffer.from(md5("x"), "hex").toString("base64") } },
    "400 BadDigest",
  );
});

test("what PutObject refuses is refused here", async () => {
  const cases: readonly [Record<string, string>, string][] = [
    [{ "x-amz-storage-class": "FakeClass" }, "400 InvalidStorageClass"],
    [{ tagging: "not-xml" }, "400 MalformedXML"],
    [{ "x-amz-meta-large": "x".repeat(2100) }, "400 MetadataTooLarge"],
    [{ "x-amz-website-redirect-location": "other" }, "400 InvalidArgument"],
    [{ "x-amz-object-lock-mode": "GOVERNANCE" }, "400 InvalidArgument"],
    [{ "x-amz-server-side-encryption": "aes:kms" }, "400 InvalidArgument"],
    [{ "x-amz-server-side-encryption-customer-algorithm": "AES256" }, "403 AccessDenied"],
    [{ key: "k".repeat(1025) }, "400 KeyTooLongError"],
    [{ key: "" }, "400 InvalidArgument"],
  ];
  for (const [fields, expected] of cases) {
    assert.equal(verdict(await postForm(fixture, { fields })), expected, JSON.stringify(fields).slice(0, 80));
  }
  assert.equal((await fixture.send("HEAD", "/vault/form.txt")).status, 404);
  const wrongType = await postForm(fixture, { headers: { "content-type": "text/html" } });
  assert.equal(verdict(wrongType), "412 PreconditionFailed");
  assert.equal(
    elementOf(wrongType, "Condition"),
    "Bucket POST must be of the enclosure-type multipart/form-data",
  );
});

test("text in fields is Unicode, and comes back as S3 gives it (recorded)", async () => {
  const fields = {
    key: "test_unicode—_file.pdf",
    "Cache-Control": "non-ascii-%E2%80%94_—_é_",
    "x-amz-meta-nonascii": "ÄMÄZÕÑ S3",
    "x-amz-meta-dash": "—",
    "x-amz-meta-words": "=?UTF-8?B?YWJj?= and =?UTF-8?Q?actually-ascii?=",
    "x-amz-meta-utf-8": "\x00\x01\x02\x03\x04",
    tagging: "<InvalidXmlTagging></InvalidXmlTagging>",
  };
  assert.equal((await postForm(fixture, { fields })).status, 204);
  const { headers } = await fixture.send("HEAD", "/vault/test_unicode%E2%80%94_file.pdf");
  assert.equal(headers["cache-control"], "non-ascii-%E2%80%94_ _é_");
  assert.equal(headers["x-amz-meta-nonascii"], "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=");
  assert.equal(headers["x-amz-meta-words"], fields["x-amz-meta-words"]);
  assert.equal(headers["x-amz-meta-dash"], "=?UTF-8?B?4oCU?=");
  assert.equal(headers["x-amz-meta-utf-8"], "=?UTF-8?B?AAECAwQ=?=");
});

test("a form that breaks off stores nothing, and is no failure of ours", async () => {
  const { socket } = await breakOff(fixture, "broken");
  assert.equal(socket, "closed");
  assert.equal((await fixture.send("HEAD", "/vault/broken")).status, 404);
  assert.deepEqual(fixture.failures, []);
});
