import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parseStoredPolicy } from "../access/bound-principals.ts";
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
const messageOf = ({ body }: FixtureAnswer): string =>
  (/<Message>([^<]*)</.exec(body)?.[1] ?? "").replaceAll("&quot;", '"');

let buckets = 0;
/** A new bucket of alice's with `reports/a` and `secret`, on which nothing is blocked. */
async function newBucket(): Promise<string> {
  buckets += 1;
  const name = `bucket-${buckets}`;
  await fixture.send("PUT", `/${name}`);
  await fixture.send("DELETE", `/${name}?publicAccessBlock`);
  await fixture.send("PUT", `/${name}/reports/a`, { body: "report" });
  await fixture.send("PUT", `/${name}/secret`, { body: "secret" });
  return name;
}

const policyText = (statements: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

const putPolicy = (
  bucket: string,
  statements: readonly object[],
  request: FixtureRequest = {},
): Promise<FixtureAnswer> =>
  fixture.send("PUT", `/${bucket}?policy`, { body: policyText(statements), ...request });

const as = (user: FixtureUser | null, request: FixtureRequest = {}): FixtureRequest => ({
  ...request,
  as: user,
});
const anybody = { Effect: "Allow", Principal: "*" };
const nobody = { Effect: "Deny", Principal: "*" };

test("a user may do what its policies allow and is told, in S3's words, what they do not", async () => {
  const bucket = await newBucket();
  const { reader } = fixture;
  assert.equal((await fixture.send("GET", `/${bucket}/reports/a`, as(reader))).body, "report");
  const refused = await fixture.send("GET", `/${bucket}/secret`, as(reader));
  assert.equal(verdict(refused), "403 AccessDenied");
  assert.equal(
    messageOf(refused),
    `User: arn:aws:iam::222222222222:user/reader is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::${bucket}/secret" because no identity-based policy allows the s3:GetObject action`,
  );
  assert.equal(verdict(await fixture.send("PUT", `/${bucket}/reports/a`, as(reader))), "403 AccessDenied");
  assert.equal(verdict(await fixture.send("GET", `/${bucket}?list-type=2`, as(reader))), "403 AccessDenied");
});

test("[L-166] the right to read an object is no right to read its versions", async () => {
  const bucket = await newBucket();
  const named = await fixture.send("GET", `/${bucket}/reports/a?versionId=null`, as(fixture.reader));
  assert.equal(verdict(named), "403 AccessDenied");
  assert.match(messageOf(named), /s3:GetObjectVersion on resource/);
});

test("a missing key is told to who may list, and to nobody else", async () => {
  const bucket = await newBucket();
  const { reader, bob } = fixture;
  const hidden = await fixture.send("GET", `/${bucket}/reports/none`, as(reader));
  assert.equal(verdict(hidden), "403 AccessDenied");
  assert.match(messageOf(hidden), /s3:ListBucket/);
  assert.equal(verdict(await fixture.send("HEAD", `/${bucket}/reports/none`, as(reader))), "403");
  const outsider = await fixture.send("GET", `/${bucket}/reports/none`, as(bob));
  assert.equal(messageOf(outsider), "Access Denied");
  await putPolicy(bucket, [
    {
      ...anybody,
      Action: "s3:ListBucket",
      Resource: `arn:aws:s3:::${bucket}`,
      Condition: { StringLike: { "s3:prefix": "reports/*" } },
    },
  ]);
  assert.equal(verdict(await fixture.send("GET", `/${bucket}/reports/none`, as(reader))), "404 NoSuchKey");
  assert.equal(verdict(await fixture.send("HEAD", `/${bucket}/reports/none`, as(bob))), "404");
  assert.equal(verdict(await fixture.send("HEAD", `/${bucket}/reports/a`, as(bob))), "403");
  assert.equal(verdict(await fixture.send("HEAD", `/${bucket}/other/none`, as(bob))), "403");
});

test("a bucket's policy serves other accounts and nobody in particular; a deny stops even the root", async () => {
  const bucket = await newBucket();
  const objects = `arn:aws:s3:::${bucket}/*`;
  const bobArn = fixture.bob.caller.arn;
  await putPolicy(bucket, [
    { Effect: "Allow", Principal: { AWS: bobArn }, Action: "s3:GetObject", Resource: objects },
  ]);
  assert.equal((await fixture.send("GET", `/${bucket}/secret`, as(fixture.bob))).body, "secret");
  assert.equal(verdict(await fixture.send("GET", `/${bucket}/secret`, as(null))), "403 AccessDenied");
  await putPolicy(bucket, [{ ...anybody, Action: "s3:GetObject", Resource: objects }]);
  assert.equal((await fixture.send("GET", `/${bucket}/secret`, as(null))).body, "secret");
  await putPolicy(bucket, [{ ...nobody, Action: "s3:GetObject", Resource: objects }]);
  const refused = await fixture.send("GET", `/${bucket}/secret`);
  assert.match(messageOf(refused), /with an explicit deny in a resource-based policy$/);
  assert.equal(messageOf(await fixture.send("GET", `/${bucket}/secret`, as(fixture.bob))), "Access Denied");
});

test("DeleteObjects asks for each key and answers for each", async () => {
  const bucket = await newBucket();
  await putPolicy(bucket, [
    { ...anybody, Action: "s3:DeleteObject", Resource: `arn:aws:s3:::${bucket}/reports/*` },
  ]);
  const body =
    "<Delete><Object><Key>reports/a</Key></Object><Object><Key>secret</Key></Object><Object><Key>reports/a</Key><VersionId>null</VersionId></Object></Delete>";
  const headers = { "x-amz-checksum-sha256": await sha256(body) };
  const answer = await fixture.send("POST", `/${bucket}?delete`, as(fixture.bob, { body, headers }));
  assert.equal(answer.status, 200, answer.body);
  assert.equal(answer.body.match(/<Deleted>/g)?.length, 1);
  assert.deepEqual(
    [...answer.body.matchAll(/<Code>([^<]*)<\/Code><Message>([^<]*)</g)].map((match) => match.slice(1)),
    [
      ["AccessDenied", "Access Denied"],
      ["AccessDenied", "Access Denied"],
    ],
  );
  assert.equal((await fixture.send("GET", `/${bucket}/secret`)).body, "secret");
});

async function sha256(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(text))).toString("base64");
}

test("tags of the object and of the request count, also those in a body", async () => {
  const bucket = await newBucket();
  const resource = `arn:aws:s3:::${bucket}/*`;
  await putPolicy(bucket, [
    {
      ...anybody,
      Action: "s3:GetObject",
      Resource: resource,
      Condition: { StringEquals: { "s3:ExistingObjectTag/Security": "public" } },
    },
    {
      ...anybody,
      Action: ["s3:PutObject", "s3:PutObjectTagging"],
      Resource: resource,
      Condition: {
        StringEquals: { "s3:RequestObjectTag/team": "a" },
        "ForAllValues:StringEquals": { "s3:RequestObjectTagKeys": ["team", "more"] },
      },
    },
  ]);
  const { bob } = fixture;
  await fixture.send("PUT", `/${bucket}/open`, {
    body: "x",
    headers: { "x-amz-tagging": "security=public" },
  });
  assert.equal((await fixture.send("GET", `/${bucket}/open`, as(bob))).body, "x");
  assert.equal(verdict(await fixture.send("GET", `/${bucket}/secret`, as(bob))), "403 AccessDenied");
  const put = (tagging: string) =>
    fixture.send("PUT", `/${bucket}/by-bob`, as(bob, { body: "x", headers: { "x-amz-tagging": tagging } }));
  assert.equal(verdict(await put("team=a&more=1")), "200");
  assert.equal(verdict(await put("team=b")), "403 AccessDenied");
  assert.equal(verdict(await put("team=a&other=1")), "403 AccessDenied");
  const retag = (team: string) =>
    fixture.send("PUT", `/${bucket}/secret?tagging`, {
      as: bob,
      body: `<Tagging><TagSet><Tag><Key>team</Key><Value>${team}</Value></Tag></TagSet></Tagging>`,
    });
  assert.equal(verdict(await retag("b")), "403 AccessDenied");
  assert.equal(verdict(await retag("a")), "200");
});

test("[L-164] a policy that refuses puts without encryption takes the parts of an encrypted upload", async () => {
  const bucket = await newBucket();
  await putPolicy(bucket, [
    {
      ...nobody,
      Action: "s3:PutObject",
      Resource: `arn:aws:s3:::${bucket}/*`,
      Condition: { Null: { "s3:x-amz-server-side-encryption": "true" } },
    },
  ]);
  const sse = { "x-amz-server-side-encryption": "AES256" };
  assert.equal(verdict(await fixture.send("PUT", `/${bucket}/plain`, { body: "x" })), "403 AccessDenied");
  assert.equal(verdict(await fixture.send("PUT", `/${bucket}/sealed`, { body: "x", headers: sse })), "200");
  assert.equal(verdict(await fixture.send("POST", `/${bucket}/large?uploads`)), "403 AccessDenied");
  const created = await fixture.send("POST", `/${bucket}/large?uploads`, { headers: sse });
  const uploadId = /<UploadId>([^<]*)</.exec(created.body)?.[1] ?? "";
  const part = await fixture.send("PUT", `/${bucket}/large?partNumber=1&uploadId=${uploadId}`, { body: "x" });
  assert.equal(part.status, 200, part.body);
  const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
  const done = await fixture.send("POST", `/${bucket}/large?uploadId=${uploadId}`, { body });
  assert.equal(done.status, 200, done.body);
});

test("a copy needs rights at both ends, and rights to tags where there are some", async () => {
  const bucket = await newBucket();
  const { bob } = fixture;
  await fixture.send("PUT", "/target-of-bob", as(bob));
  const copy = (source: string, target = "/target-of-bob/copy") =>
    fixture.send("PUT", target, as(bob, { headers: { "x-amz-copy-source": source } }));
  await putPolicy(bucket, [{ ...anybody, Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/*` }]);
  assert.equal(verdict(await copy(`/${bucket}/secret`)), "200");
  assert.equal(verdict(await copy(`/${bucket}/secret?versionId=null`)), "403 AccessDenied");
  assert.equal(verdict(await copy(`/${bucket}/secret`, `/${bucket}/by-bob`)), "403 AccessDenied");
  assert.equal(verdict(await copy(`/${bucket}/none`)), "403 AccessDenied");
  const tagged = { body: "x", headers: { "x-amz-tagging": "a=b" } };
  await fixture.send("PUT", `/${bucket}/tagged`, tagged);
  assert.equal(verdict(await copy(`/${bucket}/tagged`)), "403 AccessDenied");
});

test("whoever locks themselves out must say that they mean it; the root always has a key", async () => {
  const bucket = await newBucket();
  const locked = [
    { ...nobody, Action: "s3:*", Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`] },
  ];
  assert.equal(verdict(await putPolicy(bucket, locked)), "204");
  assert.equal(verdict(await fixture.send("GET", `/${bucket}/secret`)), "403 AccessDenied");
  assert.equal(verdict(await fixture.send("GET", `/${bucket}?acl`)), "403 AccessDenied");
  assert.deepEqual(
    JSON.parse((await fixture.send("GET", `/${bucket}?policy`)).body),
    JSON.parse(policyText(locked)),
  );
  assert.equal(verdict(await fixture.send("DELETE", `/${bucket}?policy`)), "204");
  assert.equal(verdict(await fixture.send("GET", `/${bucket}/secret`)), "200");

  const readerArn = fixture.reader.caller.arn;
  const admin = {
    Effect: "Allow",
    Principal: { AWS: readerArn },
    Action: "s3:*BucketPolicy",
    Resource: `arn:aws:s3:::${bucket}`,
  };
  await putPolicy(bucket, [admin]);
  const lockReader = [{ ...admin, Action: "s3:GetBucketPolicy" }];
  const refused = await putPolicy(bucket, lockReader, as(fixture.reader));
  assert.equal(verdict(refused), "400 MalformedPolicy");
  const headers = { "x-amz-confirm-remove-self-bucket-access": "true" };
  assert.equal(verdict(await putPolicy(bucket, lockReader, as(fixture.reader, { headers }))), "204");
  assert.equal(verdict(await putPolicy(bucket, [admin], as(fixture.reader))), "403 AccessDenied");
});

test("policies are validated for their bucket, with S3's messages", async () => {
  const bucket = await newBucket();
  const own = `arn:aws:s3:::${bucket}`;
  const get = { ...anybody, Action: "s3:GetObject", Resource: `${own}/*` };
  const cases: readonly (readonly [string, string])[] = [
    ["", "Policies must be valid JSON and the first byte must be '{'"],
    ["random", "Policies must be valid JSON and the first byte must be '{'"],
    ["{}", "Missing required field Statement"],
    [policyText([{ ...get, Resource: "arn:aws:s3:::another/*" }]), "Policy has invalid resource"],
    [policyText([{ ...get, Resource: own }]), "Action does not apply to any resource(s) in statement"],
    [
      policyText([{ ...get, Action: "s3:ListBucket" }]),
      "Action does not apply to any resource(s) in statement",
    ],
    [
      policyText([{ ...get, Action: "s3:ListAllMyBuckets" }]),
      "Action does not apply to any resource(s) in statement",
    ],
    [policyText([{ ...get, Action: "s3:GetEverything" }]), "Policy has invalid action"],
    [policyText([{ ...get, Action: "kms:Decrypt" }]), "Policy has invalid action"],
    [policyText([{ ...get, Action: undefined }]), "Missing required field Action"],
    [policyText([{ ...get, Resource: undefined }]), "Missing required field Resource"],
    [policyText([{ ...get, Principal: undefined }]), "Missing required field Principal"],
    [
      policyText([{ ...get, Principal: { AWS: "arn:aws:iam::999999999999:root" } }]),
      "Invalid principal in policy",
    ],
    [
      policyText([{ ...get, Principal: { AWS: "arn:aws:iam::222222222222:user/nobody" } }]),
      "Invalid principal in policy",
    ],
    [policyText([{ ...get, Principal: { CanonicalUser: "0".repeat(64) } }]), "Invalid principal in policy"],
    [
      policyText([
        {
          Effect: "Allow",
          NotPrincipal: { AWS: fixture.bob.caller.arn },
          Action: "s3:GetObject",
          Resource: `${own}/*`,
        },
      ]),
      "Allow with NotPrincipal is not allowed.",
    ],
    [
      policyText([{ ...get, Condition: { StringEquals: { "s3:nonsense": "x" } } }]),
      "Policy has an invalid condition key",
    ],
    [
      policyText([{ ...get, Condition: { StringEquals: { "s3:prefix": "x" } } }]),
      "Conditions do not apply to combination of actions and resources in statement",
    ],
  ];
  for (const [body, message] of cases) {
    const answer = await fixture.send("PUT", `/${bucket}?policy`, { body });
    assert.equal(
      `${verdict(answer)}: ${messageOf(answer).replaceAll("&apos;", "'")}`,
      `400 MalformedPolicy: ${message}`,
      body,
    );
  }
  const large = policyText([{ ...get, Sid: "x".repeat(20_480) }]);
  assert.equal(
    verdict(await fixture.send("PUT", `/${bucket}?policy`, { body: large })),
    "400 PolicyTooLarge",
  );
  const huge = " ".repeat(1024 * 1024 + 1);
  assert.equal(
    verdict(await fixture.send("PUT", `/${bucket}?policy`, { body: huge })),
    "400 MaxMessageLengthExceeded",
  );
  assert.equal(verdict(await fixture.send("GET", `/${bucket}?policy`)), "404 NoSuchBucketPolicy");
});

test("the public access block refuses public policies and takes their effect away", async () => {
  const bucket = await newBucket();
  const open = [{ ...anybody, Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/*` }];
  const block = (name: string) =>
    fixture.send("PUT", `/${bucket}?publicAccessBlock`, {
      body: `<PublicAccessBlockConfiguration><${name}>true</${name}></PublicAccessBlockConfiguration>`,
    });
  await block("BlockPublicPolicy");
  const refused = await putPolicy(bucket, open);
  assert.equal(verdict(refused), "403 AccessDenied");
  assert.match(
    messageOf(refused),
    /because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access\.$/,
  );
  assert.equal(verdict(await fixture.send("GET", `/${bucket}?policyStatus`)), "404 NoSuchBucketPolicy");
  await fixture.send("DELETE", `/${bucket}?publicAccessBlock`);
  assert.equal(verdict(await putPolicy(bucket, open)), "204");
  assert.match((await fixture.send("GET", `/${bucket}?policyStatus`)).body, /<IsPublic>true</);
  assert.equal((await fixture.send("GET", `/${bucket}/secret`, as(null))).body, "secret");
  await block("RestrictPublicBuckets");
  for (const user of [null, fixture.bob]) {
    assert.equal(verdict(await fixture.send("GET", `/${bucket}/secret`, as(user))), "403 AccessDenied");
  }
  assert.equal((await fixture.send("GET", `/${bucket}/secret`)).body, "secret");
  assert.equal((await fixture.send("GET", `/${bucket}/secret`, as(fixture.reader))).body, "secret");
});

test("a policy is bound to whom it named: a successor of the same name inherits nothing", async () => {
  const bucket = await newBucket();
  const { reader } = fixture;
  const statement = {
    Effect: "Allow",
    Principal: { AWS: [reader.caller.arn, "222222222222"] },
    Action: "s3:GetObject",
    Resource: `arn:aws:s3:::${bucket}/secret`,
  };
  await putPolicy(bucket, [statement]);
  assert.equal((await fixture.send("GET", `/${bucket}/secret`, as(reader))).body, "secret");
  const shown = await fixture.send("GET", `/${bucket}?policy`);
  assert.equal(shown.headers["content-type"], "application/json");
  assert.equal(shown.body, policyText([statement]));
  const kept = (await fixture.store.requireBucket(bucket)).configuration["policy"] ?? "";
  const { boundText } = parseStoredPolicy(kept);
  assert.deepEqual(JSON.parse(boundText).Statement[0].Principal, {
    AWS: ["AIDAREADER0000000000", "222222222222"],
  });
});
