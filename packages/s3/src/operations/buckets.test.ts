import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { after, before, test } from "node:test";
import { type FixtureAnswer, type ServiceFixture, startServiceFixture } from "../service-fixture.ts";

let fixture: ServiceFixture;
before(async () => {
  fixture = await startServiceFixture();
  await fixture.send("PUT", "/vault");
});
after(() => fixture.close());

const verdict = ({ status, body }: FixtureAnswer): string =>
  `${status} ${/<Code>([^<]*)</.exec(body)?.[1] ?? ""}`.trim();
const textOf = (answer: FixtureAnswer, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(answer.body)?.[1];
const put = (target: string, body: string): Promise<FixtureAnswer> =>
  fixture.send("PUT", target, { body, headers: { "content-md5": hash("md5", body, "base64") } });

test("CreateBucket names its place and is repeatable by its owner in us-east-1", async () => {
  const made = await fixture.send("PUT", "/first-bucket");
  assert.equal(made.status, 200);
  assert.equal(made.headers.location, "/first-bucket");
  assert.equal(made.headers["x-amz-bucket-arn"], "arn:aws:s3:::first-bucket");
  assert.equal((await fixture.send("PUT", "/first-bucket")).status, 200);
  const stolen = await fixture.send("PUT", "/first-bucket", { as: fixture.bob });
  assert.equal(verdict(stolen), "409 BucketAlreadyExists");
});

test("CreateBucket refuses names no bucket may have", async () => {
  const names = [
    "ab",
    "A-bucket",
    "a..b",
    "-abc",
    "abc-",
    "192.168.1.1",
    "xn--abc",
    "a_b",
    "a".repeat(64),
    "b-s3alias",
  ];
  for (const name of names) {
    assert.equal(verdict(await fixture.send("PUT", `/${name}`)), "400 InvalidBucketName", name);
  }
  for (const name of ["abc", "a.b.c", "1bucket", "a".repeat(63)]) {
    assert.equal(verdict(await fixture.send("PUT", `/${name}`)), "200", name);
  }
});

test("CreateBucket takes a location constraint only as S3 does", async () => {
  const create = (target: ServiceFixture, constraint: string | null): Promise<FixtureAnswer> =>
    target.send("PUT", "/located", {
      body:
        constraint === null
          ? ""
          : `<CreateBucketConfiguration><LocationConstraint>${constraint}</LocationConstraint></CreateBucketConfiguration>`,
    });
  for (const constraint of ["us-east-1", "eu-west-1", "aws-global"]) {
    const refused = await create(fixture, constraint);
    assert.equal(verdict(refused), "400 InvalidLocationConstraint");
    assert.equal(textOf(refused, "LocationConstraint"), constraint);
  }
  assert.match((await fixture.send("PUT", "/located", { body: "<Create" })).body, /<Code>MalformedXML</);
});

test("CreateBucket refuses what it would not keep", async () => {
  const create = async (headers: Record<string, string>): Promise<string> =>
    verdict(await fixture.send("PUT", "/featured", { headers }));
  assert.equal(await create({ "x-amz-bucket-object-lock-enabled": "maybe" }), "400 InvalidArgument");
  assert.equal(await create({ "x-amz-object-ownership": "RandomValue" }), "400 InvalidArgument");
  assert.equal(await create({ "x-amz-acl": "public-read" }), "400 InvalidBucketAclWithObjectOwnership");
  assert.equal(
    await create({ "x-amz-acl": "public-read", "x-amz-object-ownership": "ObjectWriter" }),
    "400 InvalidBucketAclWithBlockPublicAccessError",
  );
  assert.equal(await create({ "x-amz-acl": "fake-acl" }), "400 InvalidArgument");
  assert.equal(await create({ "x-amz-grant-read": "id=x" }), "400 InvalidArgument");
  assert.equal(verdict(await fixture.send("HEAD", "/featured")), "404");
  assert.equal(
    await create({ "x-amz-object-ownership": "BucketOwnerEnforced", "x-amz-acl": "private" }),
    "200",
  );
});

test("a bucket made with a list of its owner's alone takes lists, as at S3", async () => {
  const ownership = async (bucket: string): Promise<string | undefined> =>
    textOf(await fixture.send("GET", `/${bucket}?ownershipControls`), "ObjectOwnership");
  await fixture.send("PUT", "/with-list", { headers: { "x-amz-acl": "private" } });
  assert.equal(await ownership("with-list"), "BucketOwnerPreferred");
  await fixture.send("PUT", "/without-list");
  assert.equal(await ownership("without-list"), "BucketOwnerEnforced");
  assert.equal(await ownership("featured"), "BucketOwnerEnforced");
});

test("CreateBucket keeps the tags it is given, and repeats differ from them", async () => {
  const body =
    "<CreateBucketConfiguration><Tags><Tag><Key>tag1</Key><Value>value1</Value></Tag></Tags></CreateBucketConfiguration>";
  assert.equal(verdict(await fixture.send("PUT", "/tagged", { body })), "200");
  assert.equal(textOf(await fixture.send("GET", "/tagged?tagging"), "Value"), "value1");
  assert.equal(verdict(await fixture.send("PUT", "/tagged", { body })), "409 BucketAlreadyOwnedByYou");
});

test("HeadBucket answers in headers", async () => {
  const { status, headers } = await fixture.send("HEAD", "/vault");
  assert.equal(status, 200);
  assert.equal(headers["x-amz-bucket-region"], "us-east-1");
  assert.equal(headers["x-amz-access-point-alias"], "false");
});

test("GetBucketLocation leaves out the oldest region's name", async () => {
  const { body } = await fixture.send("GET", "/vault?location");
  assert.match(body, /<LocationConstraint xmlns="http:\/\/s3\.amazonaws\.com\/doc\/2006-03-01\/"(\/>|><\/)/);
});

test("ListBuckets pages through the caller's buckets alone", async () => {
  for (const name of ["page-1", "page-2", "page-3"])
    await fixture.send("PUT", `/${name}`, { as: fixture.bob });
  const list = (query: string): Promise<FixtureAnswer> =>
    fixture.send("GET", `/${query}`, { as: fixture.bob });
  const names = (answer: FixtureAnswer): readonly string[] =>
    [...answer.body.matchAll(/<Name>([^<]*)</g)].map((match) => match[1] ?? "");
  const all = await list("");
  assert.deepEqual(names(all), ["page-1", "page-2", "page-3"]);
  assert.ok(!all.body.includes("BucketRegion"));
  const first = await list("?max-buckets=2&prefix=page");
  assert.deepEqual(names(first), ["page-1", "page-2"]);
  assert.equal(textOf(first, "BucketRegion"), "us-east-1");
  const token = encodeURIComponent(textOf(first, "ContinuationToken") ?? "");
  const second = await list(`?max-buckets=2&prefix=page&continuation-token=${token}`);
  assert.deepEqual(names(second), ["page-3"]);
  assert.equal(textOf(second, "ContinuationToken"), undefined);
  assert.deepEqual(names(await list("?bucket-region=eu-west-1")), []);
  const badRegion = await list("?bucket-region=eu-east-1");
  assert.equal(textOf(badRegion, "Message"), "Argument value eu-east-1 is not a valid AWS Region");
  for (const query of ["?max-buckets=0", "?max-buckets=10001", "?max-buckets=x", "?continuation-token=x"]) {
    assert.equal(verdict(await list(query)), "400 InvalidArgument", query);
  }
});

test("versioning is enabled and suspended, and nothing else", async () => {
  const set = async (inner: string): Promise<string> =>
    verdict(await put("/vault?versioning", `<VersioningConfiguration>${inner}</VersioningConfiguration>`));
  const get = async (): Promise<string | undefined> =>
    textOf(await fixture.send("GET", "/vault?versioning"), "Status");
  assert.equal(await get(), undefined);
  assert.equal(await set("<Status>Suspended</Status>"), "200");
  assert.equal(await get(), "Suspended");
  assert.equal(await set("<Status>Enabled</Status>"), "200");
  assert.equal(await get(), "Enabled");
  for (const status of ["enabled", "Disabled", ""]) {
    assert.match(await set(`<Status>${status}</Status>`), /^400 (MalformedXML|IllegalVersioning)/, status);
  }
  assert.equal(await set(""), "400 IllegalVersioningConfigurationException");
  assert.equal(await set("<MfaDelete>Enabled</MfaDelete><Status>Enabled</Status>"), "501 NotImplemented");
  assert.equal(await get(), "Enabled");
});

test("DeleteBucket refuses while anything is left and says what", async () => {
  await fixture.send("PUT", "/leaving");
  await fixture.send("PUT", "/leaving/k", { body: "x" });
  const full = await fixture.send("DELETE", "/leaving");
  assert.equal(verdict(full), "409 BucketNotEmpty");
  assert.equal(textOf(full, "Message"), "The bucket you tried to delete is not empty");
  await put(
    "/leaving?versioning",
    "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
  );
  await fixture.send("DELETE", "/leaving/k");
  assert.equal(
    textOf(await fixture.send("DELETE", "/leaving"), "Message"),
    "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
  );
  await fixture.send("PUT", "/gone");
  assert.equal(verdict(await fixture.send("DELETE", "/gone")), "204");
  assert.equal(verdict(await fixture.send("HEAD", "/gone")), "404");
});

test("bucket tags are set, read and removed", async () => {
  const set = async (tags: readonly (readonly [string, string])[]): Promise<string> =>
    verdict(
      await put(
        "/vault?tagging",
        `<Tagging><TagSet>${tags.map(([k, v]) => `<Tag><Key>${k}</Key><Value>${v}</Value></Tag>`).join("")}</TagSet></Tagging>`,
      ),
    );
  assert.equal(verdict(await fixture.send("GET", "/vault?tagging")), "404 NoSuchTagSet");
  assert.equal(
    await set([
      ["a", "1"],
      ["b", ""],
    ]),
    "204",
  );
  assert.match(
    (await fixture.send("GET", "/vault?tagging")).body,
    /<TagSet><Tag><Key>a<\/Key><Value>1<\/Value><\/Tag><Tag><Key>b<\/Key><Value(\/>|><\/Value>)<\/Tag><\/TagSet>/,
  );
  assert.equal(
    await set([
      ["a", "1"],
      ["a", "2"],
    ]),
    "400 InvalidTag",
  );
  assert.equal(await set([["aws:a", "1"]]), "400 InvalidTag");
  assert.equal(await set([["k".repeat(129), "1"]]), "400 InvalidTag");
  assert.equal(await set([["a,b", "1"]]), "400 InvalidTag");
  assert.equal(await set(Array.from({ length: 51 }, (_, at) => [`k${at}`, ""] as const)), "400 BadRequest");
  assert.equal(textOf(await fixture.send("GET", "/vault?tagging"), "Value"), "1");
  assert.equal(verdict(await fixture.send("DELETE", "/vault?tagging")), "204");
  assert.equal(verdict(await fixture.send("GET", "/vault?tagging")), "404 NoSuchTagSet");
});

test("access lists say that the owner owns, and no other list is taken", async () => {
  const owner = fixture.alice.caller.canonicalUserId;
  const policy = (id: string, permission = "FULL_CONTROL"): string =>
    `<AccessControlPolicy><Owner><ID>${owner}</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>${id}</ID></Grantee><Permission>${permission}</Permission></Grant></AccessControlList></AccessControlPolicy>`;
  await fixture.send("PUT", "/vault/acl", { body: "x" });
  for (const target of ["/vault?acl", "/vault/acl?acl"]) {
    const read = await fixture.send("GET", target);
    assert.equal(textOf(read, "Permission"), "FULL_CONTROL");
    assert.equal(
      verdict(await put(target, read.body.replace(/^<\?xml[^>]*>\n/, ""))),
      "200",
      "what was read",
    );
    assert.equal(verdict(await put(target, policy(owner))), "200");
    assert.equal(
      verdict(await put(target, policy(fixture.bob.caller.canonicalUserId))),
      "400 AccessControlListNotSupported",
    );
    assert.equal(verdict(await put(target, policy(owner, "READ"))), "400 AccessControlListNotSupported");
    assert.equal(verdict(await put(target, "<AccessControlPolicy/>")), "400 MalformedACLError");
    assert.equal(verdict(await fixture.send("PUT", target)), "400 MissingSecurityHeader");
    for (const [name, expected] of [
      ["bucket-owner-full-control", "200"],
      ["private", "400 AccessControlListNotSupported"],
      ["public-read", "400 AccessControlListNotSupported"],
    ] as const) {
      const answer = await fixture.send("PUT", target, { headers: { "x-amz-acl": name } });
      assert.equal(verdict(answer), expected, name);
    }
  }
  assert.equal(verdict(await fixture.send("GET", "/vault/none?acl")), "404 NoSuchKey");
});

test("subresources no bucket has are told apart by their codes", async () => {
  const cases = {
    policy: "404 NoSuchBucketPolicy",
    policyStatus: "404 NoSuchBucketPolicy",
    cors: "404 NoSuchCORSConfiguration",
    lifecycle: "404 NoSuchLifecycleConfiguration",
    website: "404 NoSuchWebsiteConfiguration",
    replication: "404 ReplicationConfigurationNotFoundError",
    "object-lock": "404 ObjectLockConfigurationNotFoundError",
    ownershipControls: "200",
    publicAccessBlock: "200",
    requestPayment: "200",
    logging: "200",
    notification: "200",
    accelerate: "200",
    inventory: "200",
  };
  for (const [query, expected] of Object.entries(cases)) {
    assert.equal(verdict(await fixture.send("GET", `/vault?${query}`)), expected, query);
  }
  assert.equal(verdict(await fixture.send("DELETE", "/vault?policy")), "204");
  for (const query of ["replication"]) {
    assert.equal(verdict(await put(`/vault?${query}`, "<X/>")), "501 NotImplemented", query);
  }
});

test("[L-54] headers of unbuilt features store nothing", async () => {
  const refused: readonly [Record<string, string>, string][] = [
    [{ "x-amz-object-lock-event-hold": "ON" }, "501 NotImplemented"],
    [{ "x-amz-write-offset-bytes": "5" }, "501 NotImplemented"],
    [{ "x-amz-acl": "public-read" }, "400 AccessControlListNotSupported"],
    [{ "x-amz-grant-full-control": "id=x" }, "400 InvalidArgument"],
    [
      { "x-amz-grant-read": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' },
      "400 AccessControlListNotSupported",
    ],
  ];
  for (const [headers, expected] of refused) {
    assert.equal(verdict(await fixture.send("PUT", "/vault/feature", { headers, body: "x" })), expected);
  }
  assert.equal(verdict(await fixture.send("HEAD", "/vault/feature")), "404");
  for (const query of ["retention", "legal-hold"]) {
    assert.equal(verdict(await fixture.send("GET", `/vault/acl?${query}`)), "400 InvalidRequest");
  }
});
