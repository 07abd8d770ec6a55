import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arnOf, type ManagedPolicy } from "../identities/entities.ts";
import type { ConditionContext } from "../policy/authorization.ts";
import { joinContexts, principalContext } from "../policy/principal-context.ts";
import { policyOf, StsFixture } from "../sts/sts-fixture.ts";
import type { CallerCredential } from "./caller-credentials.ts";
import { sessionContext } from "./session-context.ts";

const EVERYTHING = policyOf({ Action: "*", Resource: "*" });
const READ = policyOf({ Action: "s3:GetObject", Resource: "arn:aws:s3:::reports/*" });

async function sessionFixture(more: Readonly<Record<string, string>> = {}, policy: object = EVERYTHING) {
  const fixture = await StsFixture.make();
  const trust = policyOf({ Principal: { AWS: fixture.account.accountId }, Action: "sts:*" });
  const role = await fixture.addRole("reader", trust, { policy });
  const RoleArn = arnOf(role);
  const answer = await fixture.call("AssumeRole", fixture.asRoot(), {
    RoleArn,
    RoleSessionName: "night",
    ...more,
  });
  const accessKeyId = answer.get("Credentials.AccessKeyId") ?? "";
  const token = answer.get("Credentials.SessionToken") ?? "";
  const find = () => fixture.credentials.find(accessKeyId, token);
  return { fixture, role, trust, answer, accessKeyId, token, find };
}

async function may(fixture: StsFixture, caller: CallerCredential, action: string, key = "a") {
  const context = joinContexts(
    principalContext(caller.principal),
    sessionContext(caller.session, fixture.clock.nowMs()),
  );
  const decision = await fixture.services.authorization.decide(
    {
      principal: caller.principal,
      action,
      resource: `arn:aws:s3:::reports/${key}`,
      resourceAccountId: fixture.account.accountId,
      context,
    },
    null,
    caller.session?.policies ?? null,
  );
  return decision.allowed;
}

test("§2.3 a session's key counts for nothing without its token, nor its token with another key", async () => {
  const { fixture, accessKeyId, token, find } = await sessionFixture();
  assert.equal((await find())?.accessKeyId, accessKeyId);
  assert.equal(await fixture.credentials.find(accessKeyId, null), null);
  const otherId = `ASIA${"A".repeat(16)}`;
  for (const [id, sent] of [
    [otherId, token],
    [accessKeyId, `${token}A`],
    [accessKeyId, ""],
  ] as const)
    await assert.rejects(fixture.credentials.find(id, sent), { code: "InvalidToken" });
});

test("a long-lived key with a token is refused", async () => {
  const { fixture, token } = await sessionFixture();
  const { credential } = await fixture.accounts.createAccount("third");
  assert.notEqual(await fixture.credentials.find(credential.accessKeyId, null), null);
  await assert.rejects(fixture.credentials.find(credential.accessKeyId, token), { code: "InvalidToken" });
});

test("§2.5 a session is over at its last millisecond, whether it was used before or not", async () => {
  const { fixture, find } = await sessionFixture({ DurationSeconds: "900" });
  fixture.clock.advance(900_000 - 1);
  assert.notEqual(await find(), null);
  fixture.clock.advance(1);
  await assert.rejects(find, { code: "ExpiredToken" });
  await assert.rejects(find, { code: "ExpiredToken" });
});

test("§2.6 a session ends with its role, and a role made anew does not inherit it", async () => {
  const { fixture, role, trust, find } = await sessionFixture();
  assert.notEqual(await find(), null);
  await fixture.remove(role);
  await assert.rejects(find, { code: "InvalidToken" });
  await fixture.addRole("reader", trust, { policy: EVERYTHING });
  await assert.rejects(find, { code: "InvalidToken" });
});

test("§2.6 sessions of users and of whom they vouched for end with the user", async () => {
  const fixture = await StsFixture.make();
  const user = await fixture.addUser("bob", EVERYTHING);
  const plain = await fixture.call("GetSessionToken", fixture.asUser(user), {});
  const federated = await fixture.call("GetFederationToken", fixture.asUser(user), { Name: "eve" });
  assert.equal((await fixture.asSession(plain)).principal.kind, "user");
  assert.equal((await fixture.asSession(federated)).principal.kind, "federated-user");
  await fixture.remove(user);
  await fixture.addUser("bob", EVERYTHING);
  await assert.rejects(fixture.asSession(plain), { code: "InvalidToken" });
  await assert.rejects(fixture.asSession(federated), { code: "InvalidToken" });
});

test("[L-167] a session policy narrows and never widens, whatever it says", async () => {
  const action = fc.constantFrom("s3:GetObject", "s3:PutObject", "s3:*", "*", "s3:Get*", "kms:Decrypt");
  const statement = fc.record({
    Effect: fc.constantFrom("Allow", "Deny"),
    Action: action,
    Resource: fc.constantFrom("*", "arn:aws:s3:::reports/*", "arn:aws:s3:::reports/a", "arn:aws:s3:::x"),
  });
  const document = fc.array(statement, { minLength: 1, maxLength: 3 }).map((each) => policyOf(...each));
  let narrowed = 0;
  await fc.assert(
    fc.asyncProperty(document, document, async (rolePolicy, sessionPolicy) => {
      const without = await sessionFixture({}, rolePolicy);
      const within = await sessionFixture({ Policy: JSON.stringify(sessionPolicy) }, rolePolicy);
      const only = await sessionFixture({}, sessionPolicy);
      for (const asked of ["s3:GetObject", "s3:PutObject", "kms:Decrypt"]) {
        const [wide, narrow, alone] = await Promise.all(
          [without, within, only].map(async ({ fixture, answer }) =>
            may(fixture, await fixture.asSession(answer), asked),
          ),
        );
        assert.equal(narrow, wide === true && alone === true);
        if (wide === true && narrow === false) narrowed++;
      }
    }),
    { numRuns: 60 },
  );
  assert.ok(narrowed > 0);
});

test("a managed session policy that was deleted leaves a session that may do nothing", async () => {
  const first = await StsFixture.make();
  const { accountId } = first.account;
  const document = JSON.stringify(EVERYTHING);
  const version = { versionId: "v1", document, createdMs: 0 };
  const policy: ManagedPolicy = {
    ...{ kind: "policy", accountId, id: "ANPAAAAAAAAAAAAAAAAAA", name: "wide", path: "/", createdMs: 0 },
    ...{ updatedMs: 0, description: null, tags: [], versions: [version], defaultVersionId: "v1" },
    ...{ nextVersion: 2, attachmentCount: 0, boundaryCount: 0 },
  };
  await first.identities.change(async (transaction) => {
    await transaction.findId("policy", accountId, "wide");
    transaction.add(policy);
  });
  const trust = policyOf({ Principal: { AWS: accountId }, Action: "sts:*" });
  const role = await first.addRole("reader", trust, { policy: EVERYTHING });
  const answer = await first.call("AssumeRole", first.asRoot(), {
    ...{ RoleArn: arnOf(role), RoleSessionName: "night", Policy: JSON.stringify(READ) },
    "PolicyArns.member.1.arn": arnOf(policy),
  });
  assert.equal(await may(first, await first.asSession(answer), "s3:PutObject"), true);
  await first.identities.change(async (transaction) => {
    await transaction.findById("policy", accountId, policy.id);
    transaction.remove(policy);
  });
  assert.equal(await may(first, await first.asSession(answer), "s3:GetObject"), false);
});

test("inline and managed session policies add up", async () => {
  const ReadOnly = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
  const put = JSON.stringify(policyOf({ Action: "s3:PutObject", Resource: "*" }));
  const { fixture, find } = await sessionFixture({ Policy: put, "PolicyArns.member.1.arn": ReadOnly });
  const session = await find();
  assert.ok(session !== null);
  assert.equal(await may(fixture, session, "s3:GetObject"), true);
  assert.equal(await may(fixture, session, "s3:PutObject"), true);
  assert.equal(await may(fixture, session, "s3:DeleteObject"), false);
});

test("a federated user may do what issuer and session policies both allow, and nothing without any", async () => {
  const fixture = await StsFixture.make();
  const user = await fixture.addUser("bob", EVERYTHING);
  const caller = fixture.asUser(user);
  const none = await fixture.asSession(await fixture.call("GetFederationToken", caller, { Name: "eve" }));
  assert.equal(await may(fixture, none, "s3:GetObject"), false);
  const wanted = { Name: "eve", Policy: JSON.stringify(READ) };
  const some = await fixture.asSession(await fixture.call("GetFederationToken", caller, wanted));
  assert.equal(await may(fixture, some, "s3:GetObject"), true);
  assert.equal(await may(fixture, some, "s3:PutObject"), false);
  const byRoot = await fixture.call("GetFederationToken", fixture.asRoot(), wanted);
  assert.equal(await may(fixture, await fixture.asSession(byRoot), "s3:GetObject"), true);
  assert.equal(await may(fixture, await fixture.asSession(byRoot), "s3:PutObject"), false);
});

test("what a session states is what policies can ask for, and a long-lived key states nothing", async () => {
  const { fixture, find } = await sessionFixture({ SourceIdentity: "bob" });
  const session = (await find())?.session ?? null;
  const context: ConditionContext = sessionContext(session, fixture.clock.nowMs());
  assert.deepEqual(context.find("aws:tokenissuetime"), ["2026-11-24T12:00:00.000Z"]);
  assert.deepEqual(context.find("aws:multifactorauthpresent"), ["false"]);
  assert.deepEqual(context.find("aws:sourceidentity"), ["bob"]);
  assert.equal(sessionContext(null, 0).find("aws:multifactorauthpresent"), undefined);
});

test("a policy attached after the issue counts at once", async () => {
  const { fixture, role, find } = await sessionFixture({}, READ);
  const before = await find();
  assert.ok(before !== null);
  assert.equal(await may(fixture, before, "s3:GetObject"), true);
  await fixture.identities.change(async (transaction) => {
    const found = await transaction.findById("role", role.accountId, role.id);
    if (found !== null) transaction.put({ ...found, inlinePolicies: [], path: "/moved/" });
  });
  const after = await find();
  assert.ok(after?.principal.kind === "role-session");
  assert.equal(after.principal.roleArn, `arn:aws:iam::${role.accountId}:role/moved/reader`);
  assert.equal(await may(fixture, after, "s3:GetObject"), false);
});
