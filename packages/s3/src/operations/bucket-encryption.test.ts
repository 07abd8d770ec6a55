import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { after, before, test } from "node:test";
import {
  DEFAULT_BUCKET_ENCRYPTION,
  parseStoredEncryption,
  printStoredEncryption,
} from "../http/bucket-encryption.ts";
import { type FixtureAnswer, type ServiceFixture, startServiceFixture } from "../service-fixture.ts";
import { Bench, BUCKET } from "./exchange-fixture.ts";
import { putBucketEncryption } from "./put-bucket-encryption.ts";

let fixture: ServiceFixture;
before(async () => {
  fixture = await startServiceFixture();
  await fixture.send("PUT", "/vault");
});
after(() => fixture.close());

const XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const verdict = ({ status, body }: FixtureAnswer): string =>
  `${status} ${/<Code>([^<]*)</.exec(body)?.[1] ?? ""}`.trim();
const get = async (): Promise<string> =>
  (await fixture.send("GET", "/vault?encryption")).body.replace(/^<\?xml[^>]*>\n/, "");
const put = (rules: string, bucket = "vault"): Promise<FixtureAnswer> => {
  const body = `<ServerSideEncryptionConfiguration ${XMLNS}>${rules}</ServerSideEncryptionConfiguration>`;
  return fixture.send("PUT", `/${bucket}?encryption`, {
    body,
    headers: { "content-md5": hash("md5", body, "base64") },
  });
};
const byDefault = (inner: string): string =>
  `<ApplyServerSideEncryptionByDefault>${inner}</ApplyServerSideEncryptionByDefault>`;
const AES256 = byDefault("<SSEAlgorithm>AES256</SSEAlgorithm>");
const document = (bucketKey: boolean, blocked: string): string =>
  `<ServerSideEncryptionConfiguration ${XMLNS}><Rule>${AES256}<BucketKeyEnabled>${bucketKey}</BucketKeyEnabled><BlockedEncryptionTypes><EncryptionType>${blocked}</EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>`;
const VIRGIN = document(false, "SSE-C");

test("§3.3 a new bucket encrypts with AES256 and blocks customer keys", async () => {
  assert.equal(await get(), VIRGIN);
});

test("§3.3 [L-58] [L-149] GET returns what PUT stored, DELETE returns to the default", async () => {
  assert.equal(verdict(await put(`<Rule>${AES256}<BucketKeyEnabled>true</BucketKeyEnabled></Rule>`)), "200");
  assert.equal(await get(), document(true, "SSE-C"));
  const blocked = (type: string): string =>
    `<BlockedEncryptionTypes><EncryptionType>${type}</EncryptionType></BlockedEncryptionTypes>`;
  assert.equal(verdict(await put(`<Rule>${blocked("NONE")}</Rule>`)), "200");
  assert.equal(await get(), document(false, "NONE"));
  assert.equal(verdict(await put(`<Rule>${AES256}</Rule>`)), "200");
  assert.equal(await get(), document(false, "NONE"), "an omitted block stays as it is");
  assert.equal(verdict(await fixture.send("DELETE", "/vault?encryption")), "204");
  assert.equal(verdict(await fixture.send("DELETE", "/vault?encryption")), "204");
  assert.equal(await get(), VIRGIN);
});

test("§3.3 a block that is set while another setting changes is not lost", async () => {
  const bench = await Bench.open();
  const { store } = bench.services;
  const requireBucket = store.requireBucket;
  const set = (blocked: "NONE" | "SSE-C") => {
    const document = printStoredEncryption({ ...DEFAULT_BUCKET_ENCRYPTION, blocked });
    return store.setBucketConfiguration(BUCKET, "encryption", document);
  };
  let last: "NONE" | "SSE-C" = "NONE";
  await set(last);
  // Whoever looks at the bucket first has somebody else's change come in between.
  Object.assign(store, {
    requireBucket: async (name: string) => {
      const found = await requireBucket(name);
      last = last === "NONE" ? "SSE-C" : "NONE";
      await set(last);
      return found;
    },
  });
  const body = `<ServerSideEncryptionConfiguration ${XMLNS}><Rule>${AES256}</Rule></ServerSideEncryptionConfiguration>`;
  const headers = { "content-md5": hash("md5", body, "base64") };
  assert.equal((await bench.send(putBucketEncryption, { body, headers })).status, 200);
  const { configuration } = await requireBucket(BUCKET);
  assert.equal(parseStoredEncryption(configuration["encryption"]).blocked, last);
});

test("§3.4 [L-53] malformed defaults change nothing", async () => {
  const cases: readonly [string, string][] = [
    ["", "400 MalformedXML"],
    [`<Rule>${AES256}</Rule><Rule>${AES256}</Rule>`, "400 MalformedXML"],
    ["<Rule/>", "400 MalformedXML"],
    [`<Rule>${byDefault("")}</Rule>`, "400 MalformedXML"],
    [`<Rule>${byDefault("<SSEAlgorithm>aes256</SSEAlgorithm>")}</Rule>`, "400 MalformedXML"],
    [`<Rule>${AES256}<BucketKeyEnabled>yes</BucketKeyEnabled></Rule>`, "400 MalformedXML"],
    [
      `<Rule>${AES256}<BlockedEncryptionTypes><EncryptionType>SSE-S3</EncryptionType></BlockedEncryptionTypes></Rule>`,
      "400 MalformedXML",
    ],
    // A slip of AWS's own documents: taken for nothing, it would put objects under another key than the one named.
    [
      `<Rule>${byDefault("<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSKeyID>k</KMSKeyID>")}</Rule>`,
      "400 MalformedXML",
    ],
    [`<Rule>${AES256}<Other/></Rule>`, "400 MalformedXML"],
    [`<Rule>${AES256}</Rule><Other/>`, "400 MalformedXML"],
    [
      `<Rule>${AES256}<BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType><Type/></BlockedEncryptionTypes></Rule>`,
      "400 MalformedXML",
    ],
    [
      `<Rule>${byDefault("<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID>")}</Rule>`,
      "400 InvalidArgument",
    ],
  ];
  for (const [rules, expected] of cases) assert.equal(verdict(await put(rules)), expected, rules);
  assert.equal(await get(), VIRGIN);
});

test("§3.2 §3.4 a default under a key is told as it was given, whether or not the key exists", async () => {
  for (const algorithm of ["aws:kms", "aws:kms:dsse"]) {
    const rule = byDefault(
      `<SSEAlgorithm>${algorithm}</SSEAlgorithm><KMSMasterKeyID>fool-me</KMSMasterKeyID>`,
    );
    assert.equal(verdict(await put(`<Rule>${rule}</Rule>`)), "200");
    assert.ok((await get()).includes(rule));
  }
  assert.equal(verdict(await fixture.send("DELETE", "/vault?encryption")), "204");
});

test("§3.4 the document must come with a digest, and the right one", async () => {
  const body = document(true, "SSE-C");
  const send = async (headers: Record<string, string>): Promise<string> =>
    verdict(await fixture.send("PUT", "/vault?encryption", { body, headers }));
  assert.equal(await send({}), "400 InvalidRequest");
  assert.equal(await send({ "content-md5": hash("md5", "other", "base64") }), "400 BadDigest");
  assert.equal(await send({ "x-amz-checksum-crc32": "AAAAAA==" }), "400 BadDigest");
  assert.equal(await send({ "content-md5": "x" }), "400 InvalidDigest");
  assert.equal(await get(), VIRGIN);
});

test("a missing bucket is told before the document is judged", async () => {
  assert.equal(verdict(await put("", "nobodys")), "404 NoSuchBucket");
  assert.equal(verdict(await fixture.send("GET", "/nobodys?encryption")), "404 NoSuchBucket");
});

test("[L-57] settings made at the same time do not overwrite each other", async () => {
  const versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  for (let round = 0; round < 20; round++) {
    const results = await Promise.all([
      put(`<Rule>${AES256}<BucketKeyEnabled>true</BucketKeyEnabled></Rule>`),
      fixture.send("PUT", "/vault?versioning", { body: versioning }),
      fixture.send("PUT", "/vault?tagging", {
        body: `<Tagging><TagSet><Tag><Key>round</Key><Value>${round}</Value></Tag></TagSet></Tagging>`,
      }),
    ]);
    assert.deepEqual(results.map(verdict), ["200", "200", "204"]);
    assert.equal(await get(), document(true, "SSE-C"));
    assert.match((await fixture.send("GET", "/vault?versioning")).body, /Enabled/);
    assert.match((await fixture.send("GET", "/vault?tagging")).body, new RegExp(`>${round}<`));
    await fixture.send("DELETE", "/vault?encryption");
  }
});

test("an entity bomb and a document of a megabyte are refused", async () => {
  const bomb =
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><ServerSideEncryptionConfiguration>&b;</ServerSideEncryptionConfiguration>';
  const send = (body: string): Promise<FixtureAnswer> =>
    fixture.send("PUT", "/vault?encryption", {
      body,
      headers: { "content-md5": hash("md5", body, "base64") },
    });
  assert.equal(verdict(await send(bomb)), "400 MalformedXML");
  assert.equal(verdict(await send(`<a>${"x".repeat(1024 * 1024)}</a>`)), "400 MaxMessageLengthExceeded");
});
