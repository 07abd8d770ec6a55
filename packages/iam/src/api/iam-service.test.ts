import assert from "node:assert/strict";
import { test } from "node:test";
import { parseXml } from "@strongroom/wire";
import fc from "fast-check";
import { newIamBench, textOf } from "./iam-fixture.ts";
import type { IamCaller } from "./operation.ts";
import { OPERATIONS } from "./operations/index.ts";

const ALLOW_ALL = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "iam:*", Resource: "*" }],
});

test("the table holds every operation under its own name", () => {
  assert.ok(OPERATIONS.size >= 100, String(OPERATIONS.size));
  for (const [name, operation] of OPERATIONS) assert.equal(operation.name, name);
});

test("[L-116] a secret access key is shown once, is in no record, and works", async () => {
  const { ask, accounts, records } = await newIamBench();
  await ask("CreateUser", { UserName: "ann" });
  const made = await ask("CreateAccessKey", { UserName: "ann" });
  const secret = textOf(made, "SecretAccessKey") ?? "";
  const accessKeyId = textOf(made, "AccessKeyId") ?? "";
  assert.equal(secret.length, 40);
  for (const value of await records.list(Buffer.from(""))) {
    for (const form of [
      secret,
      Buffer.from(secret).toString("base64"),
      Buffer.from(secret).toString("hex"),
    ]) {
      assert.equal(Buffer.from(value).includes(form), false);
    }
  }
  for (const action of ["ListAccessKeys", "GetUser", "GetAccountAuthorizationDetails"]) {
    assert.equal((await ask(action, { UserName: "ann" })).xml.includes(secret), false);
  }
  const found = await accounts.findCredential(accessKeyId);
  assert.equal(found?.secretAccessKey.expose().toString("latin1"), secret);
  assert.equal(found?.principal.kind, "user");
  await ask("UpdateAccessKey", { UserName: "ann", AccessKeyId: accessKeyId, Status: "Inactive" });
  assert.equal(await accounts.findCredential(accessKeyId), null);
});

test("[L-22] a key's secret opens for no other user", async () => {
  const { ask, accounts, records } = await newIamBench();
  for (const UserName of ["ann", "bob"]) await ask("CreateUser", { UserName });
  const made = await ask("CreateAccessKey", { UserName: "ann" });
  const key = Buffer.from(`iam/access-key/${textOf(made, "AccessKeyId")}`);
  const bobId = textOf(await ask("GetUser", { UserName: "bob" }), "UserId") ?? "";
  const record = String(await records.get(key)).replace(/AIDA\w+/, bobId);
  await records.commit(
    [
      { key, value: Buffer.from(record) },
      { key: Buffer.from("iam/generation"), value: Buffer.from("x") },
    ],
    [],
  );
  await assert.rejects(accounts.findCredential(textOf(made, "AccessKeyId") ?? ""), { code: "Tampered" });
});

test("every operation is authorized: a user without policies is denied each, before it is told what there is", async () => {
  const { ask, accounts } = await newIamBench();
  await ask("CreateUser", { UserName: "ann" });
  const made = await ask("CreateAccessKey", { UserName: "ann" });
  const credential = await accounts.findCredential(textOf(made, "AccessKeyId") ?? "");
  assert.ok(credential !== null);
  const asAnn: IamCaller = { principal: credential.principal, session: null, account: credential.account };
  const accountId = credential.account.accountId;
  let denied = 0;
  for (const name of OPERATIONS.keys()) {
    const answer = await ask(name, everyParameter(accountId), asAnn);
    assert.equal(answer.errorCode, "AccessDenied", `${name}: ${answer.xml}`);
    assert.match(textOf(answer, "Message") ?? "", new RegExp(`not authorized to perform: iam:${name} `));
    denied += 1;
  }
  assert.equal(denied, OPERATIONS.size);
});

/** Enough for whatever any operation requires. */
function everyParameter(accountId: string): Readonly<Record<string, string>> {
  const arn = `arn:aws:iam::${accountId}`;
  return {
    UserName: "nobody",
    GroupName: "nobody",
    RoleName: "nobody",
    PolicyName: "nobody",
    PolicyArn: `${arn}:policy/nobody`,
    PolicyDocument: ALLOW_ALL,
    AssumeRolePolicyDocument: ALLOW_ALL,
    PermissionsBoundary: `${arn}:policy/nobody`,
    VersionId: "v1",
    Description: "d",
    AccessKeyId: "AKIAAAAAAAAAAAAAAAAA",
    Status: "Active",
    AccountAlias: "alias",
    Url: "https://idp.example.com",
    OpenIDConnectProviderArn: `${arn}:oidc-provider/idp.example.com`,
    ClientID: "c",
    "ThumbprintList.member.1": "a".repeat(40),
    "TagKeys.member.1": "k",
    "Tags.member.1.Key": "k",
    "Tags.member.1.Value": "v",
    "ActionNames.member.1": "s3:GetObject",
    "PolicyInputList.member.1": ALLOW_ALL,
    PolicySourceArn: `${arn}:user/nobody`,
  };
}

test("sessions without a second factor, and federated users, may not use IAM at all", async () => {
  const { ask, asRoot } = await newIamBench();
  const session = {
    issuedMs: 0,
    expiresMs: 1,
    policies: null,
    mfaAuthenticatedMs: null,
    tags: new Map(),
    transitiveTagKeys: [],
    sourceIdentity: null,
    conditionKeys: new Map(),
  };
  const lent = await ask("ListUsers", {}, { ...asRoot, session });
  assert.equal(lent.errorCode, "InvalidClientTokenId");
  const proved = await ask("ListUsers", {}, { ...asRoot, session: { ...session, mfaAuthenticatedMs: 0 } });
  assert.equal(proved.status, 200);
});

test("another account's identities are out of reach, whatever ARN is named", async () => {
  const { ask, accounts } = await newIamBench();
  await ask("CreatePolicy", { PolicyName: "p", PolicyDocument: ALLOW_ALL });
  const own =
    (await ask("ListPolicies", { Scope: "Local" })).xml.match(/arn:aws:iam::\d+:policy\/p/)?.[0] ?? "";
  const { account, credential } = await accounts.createAccount("other");
  const found = await accounts.findCredential(credential.accessKeyId);
  assert.ok(found !== null);
  const asOther: IamCaller = { principal: found.principal, session: null, account };
  for (const action of ["GetPolicy", "DeletePolicy", "ListPolicyVersions", "ListEntitiesForPolicy"]) {
    const answer = await ask(action, { PolicyArn: own }, asOther);
    assert.equal(answer.errorCode, "AccessDenied", action);
  }
  assert.equal((await ask("ListPolicies", { Scope: "Local" }, asOther)).xml.includes(own), false);
  await ask("CreateUser", { UserName: "u" }, asOther);
  const attached = await ask("AttachUserPolicy", { UserName: "u", PolicyArn: own }, asOther);
  assert.equal(attached.errorCode, "NoSuchEntity");
});

test("constraints that are broken are named together", async () => {
  const { ask } = await newIamBench();
  const answer = await ask("CreateRole", { RoleName: "x".repeat(65), MaxSessionDuration: "1" });
  assert.equal(answer.errorCode, "ValidationError");
  assert.equal(
    textOf(answer, "Message"),
    "3 validation errors detected: Value at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64; " +
      "Value at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null; " +
      "Value at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600",
  );
});

test("the use of a key is noted, and found", async () => {
  const { ask, accessKeyUses, clock } = await newIamBench();
  await ask("CreateUser", { UserName: "ann" });
  const accessKeyId = textOf(await ask("CreateAccessKey", { UserName: "ann" }), "AccessKeyId") ?? "";
  const unused = await ask("GetAccessKeyLastUsed", { AccessKeyId: accessKeyId });
  assert.equal(textOf(unused, "ServiceName"), "N/A");
  clock.advance(1_000);
  accessKeyUses.note(accessKeyId, "s3");
  accessKeyUses.note(accessKeyId, "iam");
  const used = await ask("GetAccessKeyLastUsed", { AccessKeyId: accessKeyId });
  assert.deepEqual(
    ["LastUsedDate", "ServiceName", "Region"].map((name) => textOf(used, name)),
    ["2026-01-01T00:00:01Z", "s3", "us-east-1"],
  );
});

test("whatever is asked, the answer is well-formed XML and no failure of the server", async () => {
  const { ask } = await newIamBench();
  await ask("CreateUser", { UserName: "ann" });
  const names = [
    "UserName",
    "PolicyArn",
    "Marker",
    "MaxItems",
    "Path",
    "PathPrefix",
    "Tags.member.1.Key",
    "PolicyDocument",
    "RoleName",
  ];
  const value = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom(
      "ann",
      "/",
      "\0\u0001\ufffe",
      "é\u{1f511}\u2028",
      "true",
      "1",
      ALLOW_ALL,
      "arn:aws:iam::123456789012:policy/p",
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...OPERATIONS.keys()),
      fc.dictionary(fc.constantFrom(...names), value),
      async (action, parameters) => {
        const answer = await ask(action, parameters);
        assert.notEqual(answer.status, 500, answer.xml);
        parseXml(answer.xml);
      },
    ),
    { numRuns: 200 },
  );
});
