import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  type FixtureAnswer,
  type FixtureRequest,
  type FixtureUser,
  type ServiceFixture,
  startServiceFixture,
} from "../service-fixture.ts";

let fixture: ServiceFixture;
before(async () => {
  fixture = await startServiceFixture();
});
after(() => fixture.close());

const verdict = ({ status, body }: FixtureAnswer): string =>
  `${status} ${/<Code>([^<]*)</.exec(body)?.[1] ?? ""}`.trim();
const messageOf = ({ body }: FixtureAnswer): string => /<Message>([^<]*)</.exec(body)?.[1] ?? "";
const ownerOf = ({ body }: FixtureAnswer): string => /<Owner><ID>([^<]*)</.exec(body)?.[1] ?? "";
/** `user READ`, `AllUsers WRITE`… */
const grantsOf = ({ body }: FixtureAnswer): readonly string[] =>
  [...body.matchAll(/<Grant>.*?<(ID|URI)>([^<]*)<.*?<Permission>([^<]*)</g)].map(
    ([, kind, name = "", permission]) =>
      `${kind === "ID" ? "user" : name.slice(name.lastIndexOf("/") + 1)} ${permission}`,
  );
const as = (user: FixtureUser | null, request: FixtureRequest = {}): FixtureRequest => ({
  ...request,
  as: user,
});
const acl = (name: string): FixtureRequest => ({ headers: { "x-amz-acl": name } });

let buckets = 0;
async function newBucket(ownership: string): Promise<string> {
  buckets += 1;
  const name = `listed-${buckets}`;
  await fixture.send("PUT", `/${name}`, { headers: { "x-amz-object-ownership": ownership } });
  await fixture.send("DELETE", `/${name}?publicAccessBlock`);
  return name;
}

test("ownership controls and the public access block come with a new bucket and can be deleted", async () => {
  await fixture.send("PUT", "/defaults");
  const get = async (query: string) => (await fixture.send("GET", `/defaults?${query}`)).body;
  assert.match(await get("ownershipControls"), />BucketOwnerEnforced</);
  assert.equal((await get("publicAccessBlock")).match(/>true</g)?.length, 4);
  for (const [query, code] of [
    ["ownershipControls", "OwnershipControlsNotFoundError"],
    ["publicAccessBlock", "NoSuchPublicAccessBlockConfiguration"],
  ] as const) {
    for (let times = 0; times < 2; times++) {
      assert.equal(verdict(await fixture.send("DELETE", `/defaults?${query}`)), "204");
    }
    assert.equal(verdict(await fixture.send("GET", `/defaults?${query}`)), `404 ${code}`);
  }
  for (const body of [
    "<OwnershipControls><Rule><ObjectOwnership>Nobody</ObjectOwnership></Rule></OwnershipControls>",
    "<OwnershipControls><Rule/></OwnershipControls>",
    "<OwnershipControls/>",
  ]) {
    assert.equal(
      verdict(await fixture.send("PUT", "/defaults?ownershipControls", { body })),
      "400 MalformedXML",
    );
  }
});

test("where the bucket's owner owns everything there are no access lists", async () => {
  const bucket = await newBucket("BucketOwnerEnforced");
  const put = (name: string) => fixture.send("PUT", `/${bucket}/k`, { body: "x", ...acl(name) });
  assert.equal(verdict(await put("bucket-owner-full-control")), "200");
  for (const name of ["private", "public-read", "aws-exec-read"]) {
    assert.equal(verdict(await put(name)), "400 AccessControlListNotSupported", name);
    assert.equal(
      verdict(await fixture.send("PUT", `/${bucket}?acl`, acl(name))),
      "400 AccessControlListNotSupported",
      name,
    );
  }
  assert.deepEqual(grantsOf(await fixture.send("GET", `/${bucket}?acl`)), ["user FULL_CONTROL"]);
  await fixture.send("PUT", `/${bucket}?policy`, {
    body: JSON.stringify({
      Statement: {
        Effect: "Allow",
        Principal: "*",
        Action: "s3:PutObject*",
        Resource: `arn:aws:s3:::${bucket}/*`,
      },
    }),
  });
  assert.equal(
    verdict(await fixture.send("PUT", `/${bucket}/by-bob`, as(fixture.bob, { body: "x" }))),
    "200",
  );
  const shown = await fixture.send("GET", `/${bucket}/by-bob?acl`);
  assert.equal(ownerOf(shown), fixture.alice.caller.canonicalUserId);
  assert.equal((await fixture.send("GET", `/${bucket}/by-bob`)).body, "x");
});

test("grants on a bucket and on objects are kept, shown owner first, and serve whom they name", async () => {
  const bucket = await newBucket("ObjectWriter");
  const { bob } = fixture;
  const list = (user: FixtureUser | null) => fixture.send("GET", `/${bucket}?list-type=2`, as(user));
  assert.equal(verdict(await list(bob)), "403 AccessDenied");
  assert.equal(verdict(await fixture.send("PUT", `/${bucket}?acl`, acl("public-read"))), "200");
  assert.deepEqual(grantsOf(await fixture.send("GET", `/${bucket}?acl`)), [
    "user FULL_CONTROL",
    "AllUsers READ",
  ]);
  assert.equal(verdict(await list(bob)), "200");
  assert.equal(verdict(await list(null)), "200");
  assert.equal(verdict(await list(fixture.reader)), "200");
  await fixture.send("PUT", `/${bucket}?acl`, acl("authenticated-read"));
  assert.equal(verdict(await list(null)), "403 AccessDenied");
  assert.equal(verdict(await list(bob)), "200");

  await fixture.send("PUT", `/${bucket}/k`, { body: "mine" });
  const get = (user: FixtureUser | null) => fixture.send("GET", `/${bucket}/k`, as(user));
  assert.equal(verdict(await get(bob)), "403 AccessDenied");
  const grant = { "x-amz-grant-read": `id="${bob.caller.canonicalUserId}"` };
  assert.equal(verdict(await fixture.send("PUT", `/${bucket}/k?acl`, { headers: grant })), "200");
  assert.deepEqual(grantsOf(await fixture.send("GET", `/${bucket}/k?acl`)), ["user READ"]);
  assert.equal((await get(bob)).body, "mine");
  assert.equal(verdict(await get(null)), "403 AccessDenied");
  assert.equal((await get(fixture.alice)).body, "mine");
});

test("an object is its writer's: the bucket's owner has only what the writer grants", async () => {
  const bucket = await newBucket("ObjectWriter");
  const { alice, bob } = fixture;
  await fixture.send("PUT", `/${bucket}?acl`, acl("public-read-write"));
  await fixture.send("PUT", `/${bucket}/k`, as(bob, { body: "bob's" }));
  assert.equal(verdict(await fixture.send("GET", `/${bucket}/k`, as(alice))), "403 AccessDenied");
  assert.equal(ownerOf(await fixture.send("GET", `/${bucket}/k?acl`, as(bob))), bob.caller.canonicalUserId);
  assert.equal((await fixture.send("GET", `/${bucket}/k`, as(bob))).body, "bob's");
  await fixture.send("PUT", `/${bucket}/k?acl`, as(bob, acl("bucket-owner-read")));
  assert.equal((await fixture.send("GET", `/${bucket}/k`, as(alice))).body, "bob's");
  assert.equal(
    verdict(await fixture.send("PUT", `/${bucket}/k?acl`, as(alice, acl("private")))),
    "403 AccessDenied",
  );
  assert.equal(verdict(await fixture.send("DELETE", `/${bucket}/k`, as(alice))), "204");
});

test("an object is handed over where the bucket prefers it and the writer says so", async () => {
  const bucket = await newBucket("BucketOwnerPreferred");
  const { alice, bob } = fixture;
  await fixture.send("PUT", `/${bucket}?acl`, acl("public-read-write"));
  await fixture.send("PUT", `/${bucket}/handed`, as(bob, { body: "x", ...acl("bucket-owner-full-control") }));
  await fixture.send("PUT", `/${bucket}/kept`, as(bob, { body: "x" }));
  const shown = await fixture.send("GET", `/${bucket}/handed?acl`, as(alice));
  assert.equal(ownerOf(shown), alice.caller.canonicalUserId);
  assert.equal(verdict(await fixture.send("GET", `/${bucket}/handed`, as(bob))), "403 AccessDenied");
  assert.equal(verdict(await fixture.send("GET", `/${bucket}/kept`, as(alice))), "403 AccessDenied");
});

test("lists survive with the version that has them, and a list that serves others keeps ownership from changing", async () => {
  const bucket = await newBucket("ObjectWriter");
  await fixture.send("PUT", `/${bucket}?versioning`, {
    body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
  });
  const first = await fixture.send("PUT", `/${bucket}/k`, { body: "1", ...acl("public-read") });
  await fixture.send("PUT", `/${bucket}/k`, { body: "2" });
  const versionId = String(first.headers["x-amz-version-id"]);
  const { bob } = fixture;
  assert.equal((await fixture.send("GET", `/${bucket}/k?versionId=${versionId}`, as(bob))).body, "1");
  assert.equal(verdict(await fixture.send("GET", `/${bucket}/k`, as(bob))), "403 AccessDenied");
  await fixture.send("PUT", `/${bucket}/k?acl&versionId=${versionId}`, acl("private"));
  const closed = await fixture.send("GET", `/${bucket}/k?versionId=${versionId}`, as(bob));
  assert.equal(verdict(closed), "403 AccessDenied");
  await fixture.send("PUT", `/${bucket}?acl`, acl("public-read"));
  const enforced = {
    body: "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>",
  };
  const refused = await fixture.send("PUT", `/${bucket}?ownershipControls`, enforced);
  assert.equal(verdict(refused), "400 InvalidBucketAclWithObjectOwnership");
  await fixture.send("PUT", `/${bucket}?acl`, acl("private"));
  assert.equal(verdict(await fixture.send("PUT", `/${bucket}?ownershipControls`, enforced)), "200");
});

test("a multipart upload keeps the owner and the list it was begun with", async () => {
  const bucket = await newBucket("ObjectWriter");
  const created = await fixture.send("POST", `/${bucket}/large?uploads`, acl("public-read"));
  const uploadId = /<UploadId>([^<]*)</.exec(created.body)?.[1] ?? "";
  const part = await fixture.send("PUT", `/${bucket}/large?partNumber=1&uploadId=${uploadId}`, { body: "x" });
  const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
  await fixture.send("POST", `/${bucket}/large?uploadId=${uploadId}`, { body });
  assert.equal((await fixture.send("GET", `/${bucket}/large`, as(null))).body, "x");
});

test("blocked public lists are refused, ignored ones count for nothing", async () => {
  const bucket = await newBucket("ObjectWriter");
  const block = (name: string) =>
    fixture.send("PUT", `/${bucket}?publicAccessBlock`, {
      body: `<PublicAccessBlockConfiguration><${name}>true</${name}></PublicAccessBlockConfiguration>`,
    });
  await fixture.send("PUT", `/${bucket}/open`, { body: "x", ...acl("public-read") });
  await block("BlockPublicAcls");
  for (const name of ["public-read", "public-read-write", "authenticated-read"]) {
    const refused = await fixture.send("PUT", `/${bucket}?acl`, acl(name));
    assert.equal(verdict(refused), "403 AccessDenied", name);
    assert.match(
      messageOf(refused),
      /public access control lists \(ACLs\) are prevented by the BlockPublicAcls/,
    );
    const put = await fixture.send("PUT", `/${bucket}/more`, { body: "x", ...acl(name) });
    assert.equal(verdict(put), "403 AccessDenied", name);
  }
  assert.equal(verdict(await fixture.send("HEAD", `/${bucket}/more`)), "404");
  assert.equal((await fixture.send("GET", `/${bucket}/open`, as(null))).body, "x");
  await block("IgnorePublicAcls");
  assert.equal(verdict(await fixture.send("GET", `/${bucket}/open`, as(null))), "403 AccessDenied");
});

test("malformed lists are refused in S3's words (recorded)", async () => {
  const bucket = await newBucket("ObjectWriter");
  const own = fixture.alice.caller.canonicalUserId;
  const uri = "http://acs.amazonaws.com/groups/s3/FakeGroup";
  const byHeader: readonly (readonly [Record<string, string>, string])[] = [
    [{ "x-amz-acl": "fake-acl" }, "400 InvalidArgument x-amz-acl fake-acl: "],
    [{ "x-amz-grant-write": `uri="${uri}"` }, `400 InvalidArgument uri ${uri}: Invalid group uri`],
    [
      { "x-amz-grant-write": 'fakekey="1234"' },
      '400 InvalidArgument x-amz-grant-write fakekey="1234": Argument format not recognized',
    ],
    [{ "x-amz-grant-write": 'id="wrong-id"' }, "400 InvalidArgument id wrong-id: Invalid id"],
    [
      { "x-amz-acl": "private", "x-amz-grant-read": `id="${own}"` },
      "400 InvalidRequest: Specifying both Canned ACLs and Header Grants is not allowed",
    ],
    [{}, "400 MissingSecurityHeader: Your request was missing a required header"],
  ];
  const told = (answer: FixtureAnswer): string => {
    const text = answer.body.replaceAll("&quot;", '"');
    const [, name] = /<ArgumentName>([^<]*)</.exec(text) ?? [];
    const [, value] = /<ArgumentValue>([^<]*)</.exec(text) ?? [];
    return `${verdict(answer)}${name === undefined ? "" : ` ${name} ${value}`}: ${messageOf(answer)}`;
  };
  for (const [headers, expected] of byHeader) {
    assert.equal(told(await fixture.send("PUT", `/${bucket}?acl`, { headers })), expected);
  }
  const grant = `<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>${own}</ID></Grantee><Permission>READ</Permission></Grant>`;
  const policy = (owner: string, grants: string): string =>
    `<AccessControlPolicy>${owner}<AccessControlList>${grants}</AccessControlList></AccessControlPolicy>`;
  const owner = `<Owner><ID>${own}</ID></Owner>`;
  const group = `<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>${uri}</URI></Grantee><Permission>READ</Permission></Grant>`;
  const malformed = "400 MalformedACLError: ";
  const byDocument: readonly (readonly [string, string])[] = [
    [policy("", grant), malformed],
    [`<AccessControlPolicy>${owner}</AccessControlPolicy>`, malformed],
    [policy(owner, grant.replace("READ", "RUN")), malformed],
    [policy(owner, group), `400 InvalidArgument Group/URI ${uri}: Invalid group uri`],
    [
      policy(owner.replace(own, "wrong-id"), grant),
      "400 InvalidArgument CanonicalUser/ID wrong-id: Invalid id",
    ],
    [
      policy(owner, grant.replace(own, "wrong-id")),
      "400 InvalidArgument CanonicalUser/ID wrong-id: Invalid id",
    ],
  ];
  for (const [body, expected] of byDocument) {
    const answer = told(await fixture.send("PUT", `/${bucket}?acl`, { body }));
    assert.ok(answer.startsWith(expected), `${answer} for ${body}`);
  }
  const both = await fixture.send("PUT", `/${bucket}?acl`, { ...acl("private"), body: policy(owner, grant) });
  assert.equal(verdict(both), "400 UnexpectedContent");
  const stranger = { headers: { "x-amz-grant-read": `id=${"0".repeat(64)}` } };
  assert.equal(verdict(await fixture.send("PUT", `/${bucket}?acl`, stranger)), "400 InvalidArgument");
});
