import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type FixtureAnswer, type ServiceFixture, startServiceFixture } from "../service-fixture.ts";

let fixture: ServiceFixture;
before(async () => {
  fixture = await startServiceFixture();
  await fixture.send("PUT", "/alices");
  await fixture.send("PUT", "/alices/k", { body: "hello" });
  await fixture.send("PUT", "/bobs", { as: fixture.bob });
});
after(() => fixture.close());

const verdict = ({ status, body }: FixtureAnswer): string =>
  `${status} ${/<Code>([^<]*)</.exec(body)?.[1] ?? ""}`.trim();

const BUCKET_REQUESTS: readonly [string, string][] = [
  ["GET", ""],
  ["GET", "?list-type=2"],
  ["GET", "?encryption"],
  ["PUT", "?versioning"],
  ["PUT", "?encryption"],
  ["GET", "?policy"],
  ["DELETE", ""],
  ["GET", "/k"],
  ["GET", "/none"],
  ["PUT", "/k"],
  ["DELETE", "/k"],
  ["GET", "/k?tagging"],
  ["POST", "/k?uploads"],
  ["GET", "/k?acl"],
];

test("an account's buckets are closed to other accounts, whatever is asked", async () => {
  for (const [method, rest] of BUCKET_REQUESTS) {
    const answer = await fixture.send(method, `/alices${rest}`, { as: fixture.bob, body: "not xml" });
    assert.equal(verdict(answer), "403 AccessDenied", `${method} ${rest}`);
  }
  assert.equal(verdict(await fixture.send("HEAD", "/alices/k", { as: fixture.bob })), "403");
  assert.equal((await fixture.send("GET", "/alices/k")).body, "hello");
});

test("a missing bucket is told before the document is read", async () => {
  for (const [method, rest] of BUCKET_REQUESTS) {
    const answer = await fixture.send(method, `/nobodys${rest}`, { body: "not xml" });
    assert.equal(verdict(answer), "404 NoSuchBucket", `${method} ${rest}`);
    assert.match(answer.body, /<BucketName>nobodys<\/BucketName>/);
  }
});

test("[L-95] preconditions are not answered without the right to read", async () => {
  for (const headers of [{ "if-match": "x" }, { "if-none-match": "*" }, { range: "bytes=99-" }]) {
    assert.equal(
      verdict(await fixture.send("GET", "/alices/k", { as: fixture.bob, headers })),
      "403 AccessDenied",
    );
  }
});

test("whoever runs the server reads no other account's buckets", async () => {
  assert.equal(verdict(await fixture.send("GET", "/alices/k", { as: fixture.root })), "403 AccessDenied");
});

test("[L-166] a copy needs the right to read its source", async () => {
  const copy = (source: string): Promise<FixtureAnswer> =>
    fixture.send("PUT", "/bobs/stolen", { as: fixture.bob, headers: { "x-amz-copy-source": source } });
  assert.equal(verdict(await copy("/alices/k")), "403 AccessDenied");
  const missing = await copy("/nobodys/k");
  assert.equal(verdict(missing), "404 NoSuchBucket");
  assert.match(missing.body, /<BucketName>nobodys<\/BucketName>/);
  assert.equal(verdict(await fixture.send("HEAD", "/bobs/stolen", { as: fixture.bob })), "404");
});

test("expected owners are compared with the real ones", async () => {
  const get = (owner: string): Promise<FixtureAnswer> =>
    fixture.send("GET", "/alices/k", { headers: { "x-amz-expected-bucket-owner": owner } });
  assert.equal((await get(fixture.alice.caller.accountId)).body, "hello");
  assert.equal(verdict(await get(fixture.bob.caller.accountId)), "403 AccessDenied");
  const malformed = await get("abcd");
  assert.equal(verdict(malformed), "400 InvalidBucketOwnerAWSAccountID");
  assert.match(malformed.body, /must be an AWS Account ID\.\.\. \[abcd\]/);
});

test("the expected owner of a copy's source is compared with the source's", async () => {
  const copy = (owner: string): Promise<FixtureAnswer> =>
    fixture.send("PUT", "/alices/copy", {
      headers: { "x-amz-copy-source": "/alices/k", "x-amz-source-expected-bucket-owner": owner },
    });
  assert.equal(verdict(await copy(fixture.bob.caller.accountId)), "403 AccessDenied");
  assert.equal((await copy(fixture.alice.caller.accountId)).status, 200);
});
