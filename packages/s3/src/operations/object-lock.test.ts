import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { AnyOperation } from "../http/match-operation.ts";
import { copyObject } from "./copy-object.ts";
import { createMultipartUpload } from "./create-multipart-upload.ts";
import { deleteObject } from "./delete-object.ts";
import { deleteObjects } from "./delete-objects.ts";
import { type Answer, Bench, BUCKET, type Call } from "./exchange-fixture.ts";
import { getObject } from "./get-object.ts";
import { getObjectLegalHold } from "./get-object-legal-hold.ts";
import { getObjectLockConfiguration } from "./get-object-lock-configuration.ts";
import { getObjectRetention } from "./get-object-retention.ts";
import { headObject } from "./head-object.ts";
import { putBucketVersioning } from "./put-bucket-versioning.ts";
import { putObject } from "./put-object.ts";
import { putObjectLegalHold } from "./put-object-legal-hold.ts";
import { putObjectLockConfiguration } from "./put-object-lock-configuration.ts";
import { putObjectRetention } from "./put-object-retention.ts";
import { updateObjectEncryption } from "./update-object-encryption.ts";
import { uploadPart } from "./upload-part.ts";

const PROTECTED = "Access Denied because object protected by object lock.";
const BYPASS = { "x-amz-bypass-governance-retention": "true" };
const MODE = "x-amz-object-lock-mode";
const DATE = "x-amz-object-lock-retain-until-date";
const HOLD = "x-amz-object-lock-legal-hold";
const NEXT_YEAR = "2027-01-01T00:00:00.000Z";
const SOON = "2026-01-02T00:00:00.000Z";

const verdict = ({ status, error }: Answer): string => `${status} ${error?.code ?? ""}`.trim();
const md5 = (text: string): string => createHash("md5").update(text).digest("base64");
/** With the digest that whatever is locked, or locks, has to bring. */
const sealed = (body: string, headers: Readonly<Record<string, string>> = {}): Call => ({
  body,
  headers: { "content-md5": md5(body), ...headers },
});
const retention = (mode: string, date: string): string =>
  `<Retention><Mode>${mode}</Mode><RetainUntilDate>${date}</RetainUntilDate></Retention>`;
const hold = (status: string): string => `<LegalHold><Status>${status}</Status></LegalHold>`;
const configuration = (rule: string): string =>
  `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>${rule}</ObjectLockConfiguration>`;
const byDefault = (content: string): string =>
  configuration(`<Rule><DefaultRetention>${content}</DefaultRetention></Rule>`);
const locked = (mode: string, date = NEXT_YEAR) => ({ [MODE]: mode, [DATE]: date });
const versionOf = ({ headers }: Answer): string => headers["x-amz-version-id"] ?? "";

/** With Object Lock on its bucket. */
async function openLocked(): Promise<Bench> {
  const bench = await Bench.open();
  await bench.enableVersioning();
  await bench.services.store.setObjectLock(BUCKET, { defaultRetention: null });
  return bench;
}

async function expectRefused(answer: Promise<Answer>, message = PROTECTED): Promise<void> {
  const { status, error } = await answer;
  assert.deepEqual([status, error?.code, error?.message], [403, "AccessDenied", message]);
}

test("the configuration is told as it was set, and can be had on a versioned bucket alone", async () => {
  const bench = await Bench.open();
  const put = (body: string) => bench.send(putObjectLockConfiguration, sealed(body));
  assert.equal(
    verdict(await bench.send(getObjectLockConfiguration)),
    "404 ObjectLockConfigurationNotFoundError",
  );
  assert.equal(verdict(await put(configuration(""))), "409 InvalidBucketState");
  await bench.enableVersioning();
  assert.equal(verdict(await put(configuration(""))), "200");
  for (const rule of [
    "<Mode>GOVERNANCE</Mode><Days>36500</Days>",
    "<Mode>COMPLIANCE</Mode><Years>100</Years>",
  ]) {
    assert.equal(verdict(await put(byDefault(rule))), "200");
    const told = await bench.send(getObjectLockConfiguration);
    assert.equal(told.text.replace(/ xmlns="[^"]*"/, ""), byDefault(rule));
  }
  const suspended = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
  assert.equal(verdict(await bench.send(putBucketVersioning, { body: suspended })), "409 InvalidBucketState");
  assert.equal(verdict(await put(configuration(""))), "200");
  assert.doesNotMatch((await bench.send(getObjectLockConfiguration)).text, /Rule/);
});

test("configurations that say too little, too much or nothing sensible change nothing", async () => {
  const bench = await openLocked();
  const cases: readonly (readonly [string, string])[] = [
    ["", "400 MalformedXML"],
    ["<ObjectLockConfiguration/>", "400 MalformedXML"],
    [configuration("<Rule/>"), "400 MalformedXML"],
    [configuration("").replace("Enabled<", "Disabled<"), "400 MalformedXML"],
    [byDefault(""), "400 MalformedXML"],
    [byDefault("<Mode>GOVERNANCE</Mode>"), "400 MalformedXML"],
    [byDefault("<Days>1</Days>"), "400 MalformedXML"],
    [byDefault("<Mode>governance</Mode><Days>1</Days>"), "400 MalformedXML"],
    [byDefault("<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>"), "400 MalformedXML"],
    [byDefault("<Mode>GOVERNANCE</Mode><Days>1.5</Days>"), "400 MalformedXML"],
    [byDefault("<Mode>GOVERNANCE</Mode><Days>0</Days>"), "400 InvalidRetentionPeriod"],
    [byDefault("<Mode>GOVERNANCE</Mode><Years>-1</Years>"), "400 InvalidRetentionPeriod"],
    [byDefault("<Mode>GOVERNANCE</Mode><Days>36501</Days>"), "400 InvalidRetentionPeriod"],
    [byDefault("<Mode>GOVERNANCE</Mode><Years>101</Years>"), "400 InvalidRetentionPeriod"],
  ];
  for (const [body, expected] of cases) {
    assert.equal(verdict(await bench.send(putObjectLockConfiguration, sealed(body))), expected, body);
  }
  const undigested = await bench.send(putObjectLockConfiguration, { body: configuration("") });
  assert.equal(verdict(undigested), "400 InvalidRequest");
  assert.doesNotMatch((await bench.send(getObjectLockConfiguration)).text, /Rule/);
});

test("every write takes lock headers, and readers are told them", async () => {
  const bench = await openLocked();
  const headers = { ...locked("COMPLIANCE"), [HOLD]: "ON" };
  await bench.send(putObject, sealed("x", headers));
  const source = { "x-amz-copy-source": `${BUCKET}/key` };
  await bench.send(copyObject, { objectKey: "copy", headers: { ...source, ...headers } });
  await bench.send(copyObject, { objectKey: "unlocked copy", headers: source });
  for (const read of [headObject, getObject]) {
    for (const objectKey of ["key", "copy"]) {
      const told = (await bench.send<unknown, unknown>(read as AnyOperation, { objectKey })).headers;
      assert.deepEqual([told[MODE], told[DATE], told[HOLD]], ["COMPLIANCE", NEXT_YEAR, "ON"], objectKey);
    }
    const told = (await bench.send<unknown, unknown>(read as AnyOperation, { objectKey: "unlocked copy" }))
      .headers;
    assert.deepEqual([told[MODE], told[DATE], told[HOLD]], [undefined, undefined, undefined]);
  }
});

test("lock headers that make no sense store nothing (recorded)", async () => {
  const bench = await openLocked();
  const both = `${DATE} and ${MODE} must both be supplied`;
  const cases: readonly (readonly [Record<string, string>, string, string])[] = [
    [{ [MODE]: "GOVERNANCE" }, DATE, both],
    [{ [DATE]: NEXT_YEAR }, MODE, both],
    [locked("BAD-VALUE"), MODE, "Unknown wormMode directive."],
    [locked("governance"), MODE, "Unknown wormMode directive."],
    [locked("GOVERNANCE", "tomorrow"), DATE, "The retain until date must be provided in ISO 8601 format"],
    [locked("GOVERNANCE", "2020-01-01T00:00:00Z"), DATE, "The retain until date must be in the future!"],
    [{ [HOLD]: "on" }, HOLD, "Legal Hold must be either of 'ON' or 'OFF'"],
  ];
  for (const [headers, argument, message] of cases) {
    for (const write of [putObject, createMultipartUpload]) {
      const { error } = await bench.send<unknown, unknown>(write as AnyOperation, sealed("x", headers));
      assert.deepEqual([error?.fields["ArgumentName"], error?.message], [argument, message]);
    }
  }
  assert.equal((await bench.send(headObject)).status, 404);
});

test("a bucket without Object Lock locks nothing", async () => {
  const bench = await Bench.open();
  await bench.send(putObject, { body: "x" });
  const missing = "Bucket is missing Object Lock Configuration";
  const answers = [
    await bench.send(putObject, sealed("y", { [HOLD]: "ON" })),
    await bench.send(copyObject, { headers: { "x-amz-copy-source": `${BUCKET}/key`, [HOLD]: "OFF" } }),
    await bench.send(createMultipartUpload, { headers: locked("GOVERNANCE") }),
    await bench.send(getObjectRetention),
    await bench.send(putObjectRetention, sealed(retention("GOVERNANCE", NEXT_YEAR))),
    await bench.send(getObjectLegalHold),
    await bench.send(putObjectLegalHold, sealed(hold("ON"))),
  ];
  for (const { status, error } of answers) assert.deepEqual([status, error?.message], [400, missing]);
  for (const value of ["true", "false"]) {
    const headers = { "x-amz-bypass-governance-retention": value };
    const refused = await bench.send(deleteObject, { headers });
    assert.equal(refused.error?.fields["ArgumentName"], "x-amz-bypass-governance-retention");
    const list = sealed("<Delete><Object><Key>key</Key></Object></Delete>", headers);
    assert.equal(verdict(await bench.send(deleteObjects, list)), "400 InvalidArgument");
  }
  assert.equal((await bench.send(getObject)).text, "x");
});

test("what is locked on arrival has to bring a digest (reference §4.3)", async () => {
  const bench = await openLocked();
  const bare = await bench.send(putObject, { body: "x", headers: { [HOLD]: "ON" } });
  assert.match(
    bare.error?.message ?? "",
    /^Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object/,
  );
  const begun = await bench.send(createMultipartUpload, { headers: { [HOLD]: "ON" } });
  const uploadId = /<UploadId>([^<]+)/.exec(begun.text)?.[1] ?? "";
  const query = { uploadId, partNumber: "1" };
  const part = await bench.send(uploadPart, { query, body: "x" });
  assert.match(part.error?.message ?? "", /is required for Put Part requests/);
  assert.equal(verdict(await bench.send(uploadPart, { query, ...sealed("x") })), "200");
  assert.equal(verdict(await bench.send(putObject, { body: "x" })), "200");
  await bench.send(putObjectLockConfiguration, sealed(byDefault("<Mode>GOVERNANCE</Mode><Days>1</Days>")));
  assert.equal(verdict(await bench.send(putObject, { body: "x" })), "400 InvalidRequest");
  await bench.send(putObject, sealed("x"));
  assert.equal((await bench.send(headObject)).headers[DATE], SOON);
});

test("retention is set, told, prolonged, and weakened by who may pass over governance mode", async () => {
  const bench = await openLocked();
  await bench.send(putObject, { body: "x" });
  const put = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    bench.send(putObjectRetention, sealed(body, headers));
  assert.equal(verdict(await bench.send(getObjectRetention)), "404 NoSuchObjectLockConfiguration");
  assert.equal(verdict(await put(retention("GOVERNANCE", SOON))), "200");
  assert.equal(verdict(await put(retention("GOVERNANCE", NEXT_YEAR))), "200");
  const told = await bench.send(getObjectRetention);
  assert.equal(told.text.replace(/ xmlns="[^"]*"/, ""), retention("GOVERNANCE", NEXT_YEAR));
  await expectRefused(put(retention("GOVERNANCE", SOON)));
  await expectRefused(put(retention("COMPLIANCE", NEXT_YEAR)));
  await expectRefused(put("<Retention/>"));
  assert.equal(verdict(await put("<Retention/>", BYPASS)), "200");
  assert.equal(verdict(await bench.send(getObjectRetention)), "404 NoSuchObjectLockConfiguration");
  assert.equal(verdict(await put(retention("COMPLIANCE", NEXT_YEAR))), "200");
  for (const weaker of [retention("GOVERNANCE", NEXT_YEAR), retention("COMPLIANCE", SOON), "<Retention/>"]) {
    await expectRefused(put(weaker, BYPASS));
  }
});

test("retentions that make no sense change nothing; one that has passed is told in S3's own words", async () => {
  const bench = await openLocked();
  await bench.send(putObject, { body: "x" });
  const put = (body: string) => bench.send(putObjectRetention, sealed(body, BYPASS));
  for (const body of [
    "",
    "<X/>",
    "<Retention><Mode>GOVERNANCE</Mode></Retention>",
    `<Retention><RetainUntilDate>${NEXT_YEAR}</RetainUntilDate></Retention>`,
    retention("governance", NEXT_YEAR),
    retention("GOVERNANCE", "never"),
  ]) {
    assert.equal(verdict(await put(body)), "400 MalformedXML", body);
  }
  for (const [date, printed] of [
    ["2020-01-01T00:00:00Z", "Tue Dec 31 16:00:00 PST 2019"],
    ["2019-07-02T07:05:09Z", "Tue Jul 02 00:05:09 PDT 2019"],
  ] as const) {
    const { error } = await put(retention("GOVERNANCE", date));
    assert.equal(error?.message, "The retain until date must be in the future!");
    assert.deepEqual(error?.fields, { ArgumentName: "RetainUntilDate", ArgumentValue: printed });
  }
  const unknown = await bench.send(putObjectRetention, {
    ...sealed(retention("GOVERNANCE", NEXT_YEAR)),
    objectKey: "none",
  });
  assert.equal(verdict(unknown), "404 NoSuchKey");
});

test("a locked version outlives every deletion, and a marker may hide it", async () => {
  const bench = await openLocked();
  const versionId = versionOf(await bench.send(putObject, sealed("x", locked("GOVERNANCE"))));
  const query = { versionId };
  const list = (headers: Readonly<Record<string, string>> = {}) => {
    const body = `<Delete><Object><Key>key</Key><VersionId>${versionId}</VersionId></Object></Delete>`;
    return bench.send(deleteObjects, sealed(body, headers));
  };
  await expectRefused(bench.send(deleteObject, { query }));
  assert.match((await list()).text, new RegExp(`<Code>AccessDenied</Code><Message>${PROTECTED}</Message>`));
  const marker = await bench.send(deleteObject);
  assert.deepEqual([marker.status, marker.headers["x-amz-delete-marker"]], [204, "true"]);
  const ofMarker = { query: { versionId: versionOf(marker) } };
  for (const operation of [getObjectRetention, getObjectLegalHold]) {
    const answer = await bench.send<unknown, unknown>(operation as AnyOperation, ofMarker);
    assert.equal(verdict(answer), "405 MethodNotAllowed");
  }
  assert.equal(
    verdict(
      await bench.send(putObjectRetention, { ...sealed(retention("GOVERNANCE", NEXT_YEAR)), ...ofMarker }),
    ),
    "405 MethodNotAllowed",
  );
  await bench.send(putObjectLegalHold, { ...sealed(hold("ON")), query });
  await expectRefused(bench.send(deleteObject, { query, headers: BYPASS }));
  assert.match((await list(BYPASS)).text, /<Code>AccessDenied</);
  await bench.send(putObjectLegalHold, { ...sealed(hold("OFF")), query });
  assert.match((await bench.send(getObjectLegalHold, { query })).text, /<Status>OFF</);
  assert.equal(verdict(await bench.send(deleteObject, { query, headers: BYPASS })), "204");
});

test("compliance mode yields to time alone", async () => {
  const bench = await openLocked();
  const query = {
    versionId: versionOf(await bench.send(putObject, sealed("x", locked("COMPLIANCE", SOON)))),
  };
  await expectRefused(bench.send(deleteObject, { query, headers: BYPASS }));
  bench.clock.advance(Date.parse(SOON) - bench.clock.nowMs());
  await expectRefused(bench.send(deleteObject, { query }));
  bench.clock.advance(1);
  assert.equal((await bench.send(headObject, { query })).headers[DATE], SOON);
  assert.equal(verdict(await bench.send(deleteObject, { query })), "204");
});

test("§3.7: a locked version keeps its encryption key, in S3's words", async () => {
  const bench = await openLocked();
  const arn = "arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  const body = `<ObjectEncryption><SSE-KMS><KMSKeyArn>${arn}</KMSKeyArn></SSE-KMS></ObjectEncryption>`;
  for (const headers of [locked("GOVERNANCE"), locked("COMPLIANCE"), { [HOLD]: "ON" }]) {
    await bench.send(putObject, sealed("x", headers));
    const { status, error } = await bench.send(updateObjectEncryption, sealed(body, BYPASS));
    assert.deepEqual([status, error?.code], [403, "AccessDenied"]);
    assert.match(
      error?.message ?? "",
      /can’t be updated because that object is protected by S3 Object Lock\./,
    );
  }
});

test("legal holds: unset, set, lifted, and words that are none", async () => {
  const bench = await openLocked();
  await bench.send(putObject, { body: "x" });
  assert.equal(verdict(await bench.send(getObjectLegalHold)), "404 NoSuchObjectLockConfiguration");
  for (const body of ["", hold("on"), "<LegalHold/>"]) {
    assert.equal(verdict(await bench.send(putObjectLegalHold, sealed(body))), "400 MalformedXML");
  }
  assert.equal(verdict(await bench.send(putObjectLegalHold, { body: hold("ON") })), "400 InvalidRequest");
  for (const status of ["ON", "OFF"]) {
    await bench.send(putObjectLegalHold, sealed(hold(status)));
    const told = await bench.send(getObjectLegalHold);
    assert.equal(told.text.replace(/ xmlns="[^"]*"/, ""), hold(status));
    assert.equal((await bench.send(headObject)).headers[HOLD], status);
  }
});
