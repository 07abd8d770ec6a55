import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { systemClock } from "@strongroom/base";
import { Authorization } from "@strongroom/iam";
import { S3Error } from "../errors.ts";
import { DEFAULT_BUCKET_ENCRYPTION } from "../http/bucket-encryption.ts";
import { FIXTURE_REGION, type ServiceFixture, startServiceFixture } from "../service-fixture.ts";
import type { AccessLog } from "./access-log.ts";
import { LogDelivery } from "./log-delivery.ts";
import { type LogStream, logStreamOf } from "./logging-configuration.ts";

let fixture: ServiceFixture;
const lines: (readonly [bucket: string, line: string])[] = [];
let expected: Promise<void>[] = [];

const accessLog: AccessLog = {
  add: (stream, line) => void lines.push([stream.sourceBucket, line]),
  expect: (work) => void expected.push(work),
};

before(async () => {
  fixture = await startServiceFixture({ accessLog });
  for (const bucket of ["source", "logs"]) await fixture.send("PUT", `/${bucket}`);
  await fixture.send("PUT", "/of-bob", { as: fixture.bob });
});
after(() => fixture.close());

const loggingTo = (target: string, more = ""): string =>
  `<BucketLoggingStatus><LoggingEnabled><TargetBucket>${target}</TargetBucket><TargetPrefix>a/</TargetPrefix>${more}</LoggingEnabled></BucketLoggingStatus>`;
const verdict = ({ status, body }: { readonly status: number; readonly body: string }): string =>
  `${status} ${/<Message>(.*)<\/Message>/.exec(body)?.[1] ?? ""}`.trim();

async function streamOf(bucket: string): Promise<LogStream> {
  const stream = logStreamOf(await fixture.store.requireBucket(bucket));
  assert.ok(stream !== null);
  return stream;
}

async function deliver(stream: LogStream): Promise<string> {
  const delivery = new LogDelivery({
    store: fixture.store,
    clock: systemClock,
    region: FIXTURE_REGION,
    credentials: { findAccountId: async () => fixture.alice.caller.accountId },
    decider: new Authorization({ policiesOf: () => ({ identity: [], boundary: null, session: null }) }),
    defaultEncryption: DEFAULT_BUCKET_ENCRYPTION,
  });
  try {
    await delivery.deliver(stream, Buffer.from("line\n"), Date.now());
    return "delivered";
  } catch (error) {
    return error instanceof S3Error ? error.code : String(error);
  }
}

const setPolicy = (condition: object) =>
  fixture.send("PUT", "/logs?policy", {
    body: JSON.stringify({
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: { Service: "logging.s3.amazonaws.com" },
        Action: "s3:PutObject",
        Resource: "arn:aws:s3:::logs/a/*",
        Condition: condition,
      },
    }),
  });

test("a target is there, of the same owner, and has access lists where some are asked for", async () => {
  const put = (target: string, more = "") =>
    fixture.send("PUT", "/source?logging", { body: loggingTo(target, more) });
  assert.equal(verdict(await put("nowhere")), "400 The target bucket for logging does not exist");
  assert.equal(verdict(await put("no such/name")), "400 The target bucket for logging does not exist");
  const theirs = await put("of-bob");
  assert.equal(
    verdict(theirs),
    "400 The owner for the bucket to be logged and the target bucket must be the same.",
  );
  assert.match(theirs.body, /<TargetBucket>of-bob<\/TargetBucket>/);
  const { canonicalUserId: ownerId } = fixture.alice.caller;
  await fixture.store.createBucket({ bucket: "elsewhere", ownerId, region: "eu-west-1", configuration: {} });
  const elsewhere = await put("elsewhere");
  assert.equal(verdict(elsewhere), "403 Cross S3 location logging not allowed. ".trim());
  assert.match(elsewhere.body, /<\/Message><TargetBucketLocation>eu-west-1<\/TargetBucketLocation>/);
  const grants =
    "<TargetGrants><Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant></TargetGrants>";
  assert.equal(
    verdict(await put("logs", grants)),
    "400 Target grants not allowed for bucket owner enforced buckets",
  );
  assert.equal(
    verdict(
      await fixture.send("PUT", "/source?logging", { as: fixture.reader, body: loggingTo("logs") }),
    ).slice(0, 3),
    "403",
  );
  assert.equal(verdict(await put("logs")), "200");
});

test("the target's policy lets the service in, for the source and account that it names", async () => {
  await fixture.send("PUT", "/source?logging", { body: loggingTo("logs") });
  const stream = await streamOf("source");
  assert.equal(await deliver(stream), "AccessDenied");
  const { accountId } = fixture.alice.caller;
  const cases: readonly (readonly [condition: object, outcome: string])[] = [
    [{ StringEquals: { "aws:SourceAccount": accountId } }, "delivered"],
    [{ StringEquals: { "aws:SourceAccount": "999999999999" } }, "AccessDenied"],
    [{ ArnLike: { "aws:SourceArn": "arn:aws:s3:::source" } }, "delivered"],
    [{ ArnLike: { "aws:SourceArn": "arn:aws:s3:::other" } }, "AccessDenied"],
    [{ Bool: { "aws:SecureTransport": "true" } }, "delivered"],
  ];
  for (const [condition, outcome] of cases) {
    assert.equal(verdict(await setPolicy(condition)), "204");
    assert.equal(await deliver(stream), outcome, JSON.stringify(condition));
  }
  await fixture.send("DELETE", "/logs?policy");
});

test("an access list may let LogDelivery in; nobody else can be made to deliver", async () => {
  const stream = await streamOf("source");
  const ownership =
    "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>";
  await fixture.send("PUT", "/logs?ownershipControls", { body: ownership });
  assert.equal(await deliver(stream), "AccessDenied");
  const headers = { "x-amz-acl": "log-delivery-write" };
  assert.equal(verdict(await fixture.send("PUT", "/logs?acl", { headers })), "200");
  assert.equal(await deliver(stream), "delivered");
  assert.equal(await deliver({ ...stream, ownerId: fixture.bob.caller.canonicalUserId }), "AccessDenied");
  assert.equal(
    await deliver({ ...stream, logging: { ...stream.logging, targetBucket: "nowhere" } }),
    "NoSuchBucket",
  );
});

test("each request is told to the buckets it touched, also where nobody knows its sender", async () => {
  await fixture.send("PUT", "/quiet");
  lines.length = 0;
  expected = [];
  await fixture.send("PUT", "/quiet/a", { body: "a" });
  await fixture.send("PUT", "/source/a", { body: "abc" });
  await fixture.send("GET", "/source/a", { as: null });
  await fixture.send("PUT", "/quiet/copy", { headers: { "x-amz-copy-source": "/source/a" } });
  const broken = { ...fixture.alice, credentials: fixture.bob.credentials };
  await fixture.send("GET", "/source/a", { headers: { "x-amz-date": "bad" }, as: broken });
  await Promise.all(expected);
  assert.ok(lines.every(([bucket]) => bucket === "source"));
  const told = lines.map(([, line]) =>
    line.split(" ").slice(7, 8).concat(line.split('" ').slice(1, 2)).join(" "),
  );
  assert.equal(told.length, 4, told.join("\n"));
  assert.match(told[0] ?? "", /^REST\.PUT\.OBJECT 200 - - 3 /);
  assert.match(told[1] ?? "", /^REST\.GET\.OBJECT 403 AccessDenied \d+ - /);
  assert.match(told[2] ?? "", /^REST\.COPY\.OBJECT_GET 200 - - /);
  assert.match(told[3] ?? "", /^REST\.GET\.OBJECT 403 /);
});

test("a user is told by ARN, a stranger by a dash, and whether it took an access list", async () => {
  await fixture.send("PUT", "/open");
  const ownership =
    "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>";
  await fixture.send("PUT", "/open?ownershipControls", { body: ownership });
  await fixture.send("DELETE", "/open?publicAccessBlock");
  await fixture.send("PUT", "/open/a", { headers: { "x-amz-acl": "public-read" }, body: "a" });
  await fixture.send("PUT", "/open?logging", { body: loggingTo("logs") });
  lines.length = 0;
  assert.equal((await fixture.send("GET", "/open/a", { as: null })).status, 200);
  assert.equal((await fixture.send("GET", "/open/reports/none", { as: fixture.reader })).status, 403);
  const told = lines.map(([, line]) => line.trimEnd().split(" "));
  assert.deepEqual(
    told.map((fields) => [fields[5], fields.at(-1)]),
    [
      ["-", "Yes"],
      [fixture.reader.caller.arn, "-"],
    ],
  );
});
