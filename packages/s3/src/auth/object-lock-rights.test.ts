import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { postForm } from "../post-object/form-fixture.ts";
import {
  type FixtureAnswer,
  type FixtureRequest,
  type ServiceFixture,
  startServiceFixture,
} from "../service-fixture.ts";

let fixture: ServiceFixture;
before(async () => {
  fixture = await startServiceFixture();
});
after(() => fixture.close());

const DAY_MS = 86_400_000;
const MODE = "x-amz-object-lock-mode";
const DATE = "x-amz-object-lock-retain-until-date";
const HOLD = "x-amz-object-lock-legal-hold";
const BYPASS = { "x-amz-bypass-governance-retention": "true" };

const verdict = ({ status, body }: FixtureAnswer): string =>
  `${status} ${/<Code>([^<]*)</.exec(body)?.[1] ?? ""}`.trim();
const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();
const retention = (days: number, mode = "GOVERNANCE"): string =>
  `<Retention><Mode>${mode}</Mode><RetainUntilDate>${inDays(days)}</RetainUntilDate></Retention>`;
const sealed = (body: string, headers: Readonly<Record<string, string>> = {}): FixtureRequest => ({
  body,
  headers: { "content-md5": createHash("md5").update(body).digest("base64"), ...headers },
});

let buckets = 0;
/** A new bucket of alice's with Object Lock, on which bob may do what `actions` says, unless `denials` deny it. */
async function newBucket(actions: readonly string[] = [], denials: readonly object[] = []): Promise<string> {
  buckets += 1;
  const name = `locked-${buckets}`;
  await fixture.send("PUT", `/${name}`, { headers: { "x-amz-bucket-object-lock-enabled": "true" } });
  const Resource = `arn:aws:s3:::${name}/*`;
  const Principal = { AWS: fixture.bob.caller.arn };
  const Statement = [
    ...(actions.length === 0 ? [] : [{ Effect: "Allow", Principal, Action: actions, Resource }]),
    ...denials.map((denial) => ({ Effect: "Deny", Principal: "*", Resource, ...denial })),
  ];
  if (Statement.length === 0) return name;
  const body = JSON.stringify({ Version: "2012-10-17", Statement });
  assert.equal(verdict(await fixture.send("PUT", `/${name}?policy`, { body })), "204");
  return name;
}

test("a bucket is made with Object Lock, and no bucket without is taken for one with", async () => {
  const bucket = await newBucket();
  assert.match((await fixture.send("GET", `/${bucket}?versioning`)).body, /<Status>Enabled</);
  assert.match((await fixture.send("GET", `/${bucket}?object-lock`)).body, /<ObjectLockEnabled>Enabled</);
  await fixture.send("PUT", "/plain", { headers: { "x-amz-bucket-object-lock-enabled": "false" } });
  assert.equal(
    verdict(await fixture.send("GET", "/plain?object-lock")),
    "404 ObjectLockConfigurationNotFoundError",
  );
  const again = { headers: { "x-amz-bucket-object-lock-enabled": "True" } };
  assert.equal(verdict(await fixture.send("PUT", "/plain", again)), "409 BucketAlreadyOwnedByYou");
});

test("retention and hold are told to readers with the rights to them", async () => {
  const bucket = await newBucket(["s3:GetObject"]);
  const both = await newBucket(["s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectLegalHold"]);
  for (const [name, isTold] of [
    [bucket, false],
    [both, true],
  ] as const) {
    const lock = { [MODE]: "GOVERNANCE", [DATE]: inDays(1), [HOLD]: "ON" };
    assert.equal(verdict(await fixture.send("PUT", `/${name}/k`, sealed("x", lock))), "200");
    for (const method of ["GET", "HEAD"]) {
      const { status, headers } = await fixture.send(method, `/${name}/k`, { as: fixture.bob });
      assert.equal(status, 200);
      assert.deepEqual([MODE in headers, DATE in headers, HOLD in headers], [isTold, isTold, isTold]);
    }
  }
});

test("each way past a lock takes a right of its own", async () => {
  const rights = ["s3:PutObject", "s3:PutObjectRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"];
  const bucket = await newBucket(rights);
  const bypassed = await newBucket([...rights, "s3:BypassGovernanceRetention"]);
  const as = fixture.bob;
  for (const [name, mayBypass] of [
    [bucket, false],
    [bypassed, true],
  ] as const) {
    const lock = { [MODE]: "GOVERNANCE", [DATE]: inDays(2) };
    const put = await fixture.send("PUT", `/${name}/k`, { as, ...sealed("x", lock) });
    const version = `/${name}/k?versionId=${put.headers["x-amz-version-id"]}`;
    const shorten = { as, ...sealed(retention(1), BYPASS) };
    const shortened = await fixture.send("PUT", `${version}&retention`, shorten);
    assert.equal(verdict(shortened), mayBypass ? "200" : "403 AccessDenied");
    assert.equal(verdict(await fixture.send("DELETE", version, { as })), "403 AccessDenied");
    const id = put.headers["x-amz-version-id"];
    const entry = `<Object><Key>k</Key><VersionId>${id}</VersionId></Object>`;
    const list = sealed(`<Delete>${entry}</Delete>`, mayBypass ? {} : BYPASS);
    const listed = await fixture.send("POST", `/${name}?delete`, { as, ...list });
    assert.match(listed.body, /<Code>AccessDenied</, "in a list, either the right or the word is missing");
    const deleted = await fixture.send("DELETE", version, { as, headers: BYPASS });
    assert.equal(verdict(deleted), mayBypass ? "204" : "403 AccessDenied");
  }
  const held = await fixture.send("PUT", `/${bucket}/k`, { as, ...sealed("x", { [HOLD]: "ON" }) });
  assert.equal(verdict(held), "403 AccessDenied");
});

test("[L-165] policies judge the retention in the document, not the headers beside it", async () => {
  const bucket = await newBucket(
    [],
    [
      {
        Action: "s3:PutObjectRetention",
        Condition: { NumericGreaterThan: { "s3:object-lock-remaining-retention-days": "10" } },
      },
      {
        Action: "s3:PutObjectRetention",
        Condition: { StringEquals: { "s3:object-lock-mode": "COMPLIANCE" } },
      },
      {
        Action: "s3:PutObjectLegalHold",
        Condition: { StringEquals: { "s3:object-lock-legal-hold": "OFF" } },
      },
    ],
  );
  const headers = { [MODE]: "GOVERNANCE", [DATE]: inDays(1), [HOLD]: "ON" };
  await fixture.send("PUT", `/${bucket}/k`, { body: "x" });
  const cases: readonly (readonly [string, string, string])[] = [
    ["retention", retention(20), "403 AccessDenied"],
    ["retention", retention(1, "COMPLIANCE"), "403 AccessDenied"],
    ["retention", retention(5), "200"],
    ["legal-hold", "<LegalHold><Status>ON</Status></LegalHold>", "200"],
    ["legal-hold", "<LegalHold><Status>OFF</Status></LegalHold>", "403 AccessDenied"],
  ];
  for (const [query, body, expected] of cases) {
    const answer = await fixture.send("PUT", `/${bucket}/k?${query}`, sealed(body, headers));
    assert.equal(verdict(answer), expected, body);
  }
  const put = (days: number) =>
    fixture.send("PUT", `/${bucket}/l`, sealed("x", { [MODE]: "GOVERNANCE", [DATE]: inDays(days) }));
  assert.equal(verdict(await put(20)), "403 AccessDenied");
  assert.equal(verdict(await put(5)), "200");
});

test("a form locks what it stores", async () => {
  await fixture.send("PUT", "/vault", { headers: { "x-amz-bucket-object-lock-enabled": "true" } });
  const date = inDays(1);
  const lock = { key: "form.txt", [MODE]: "COMPLIANCE", [DATE]: date, [HOLD]: "ON" };
  const bare = await postForm(fixture, { fields: lock, file: "x" });
  assert.equal(verdict(bare), "400 InvalidRequest", "what is locked on arrival has to bring a digest");
  assert.equal((await fixture.send("HEAD", "/vault/form.txt")).status, 404);
  const digest = createHash("md5").update("x").digest("base64");
  assert.equal(
    (await postForm(fixture, { fields: { ...lock, "Content-MD5": digest }, file: "x" })).status,
    204,
  );
  const { headers } = await fixture.send("HEAD", "/vault/form.txt");
  assert.deepEqual([headers[MODE], headers[DATE], headers[HOLD]], ["COMPLIANCE", date, "ON"]);
  const version = `/vault/form.txt?versionId=${headers["x-amz-version-id"]}`;
  assert.equal(verdict(await fixture.send("DELETE", version, { headers: BYPASS })), "403 AccessDenied");
});

test("[L-164] a policy that wants everything locked takes the parts of a locked upload, and no others", async () => {
  const bucket = await newBucket(
    [],
    [
      { Action: "s3:PutObject", Condition: { StringNotEquals: { "s3:object-lock-mode": "COMPLIANCE" } } },
      {
        Action: "s3:PutObject",
        Condition: { NumericLessThan: { "s3:object-lock-remaining-retention-days": "5" } },
      },
    ],
  );
  const create = (headers: Readonly<Record<string, string>>) =>
    fixture.send("POST", `/${bucket}/k?uploads`, { headers });
  assert.equal(verdict(await create({})), "403 AccessDenied");
  assert.equal(verdict(await create({ [MODE]: "COMPLIANCE", [DATE]: inDays(2) })), "403 AccessDenied");
  const begun = await create({ [MODE]: "COMPLIANCE", [DATE]: inDays(5) });
  const upload = `/${bucket}/k?uploadId=${/<UploadId>([^<]+)/.exec(begun.body)?.[1]}`;
  const part = await fixture.send("PUT", `${upload}&partNumber=1`, sealed("x"));
  assert.equal(verdict(part), "200");
  const list = `<Part><PartNumber>1</PartNumber><ETag>${part.headers["etag"]}</ETag></Part>`;
  const body = `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`;
  assert.equal(verdict(await fixture.send("POST", upload, { body })), "200");
  assert.equal((await fixture.send("HEAD", `/${bucket}/k`)).headers[MODE], "COMPLIANCE");
});
