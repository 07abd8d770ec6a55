import assert from "node:assert/strict";
import { test } from "node:test";
import { arnOf, type Role, rootArn } from "../../identities/entities.ts";
import type { CallerCredential } from "../../sessions/caller-credentials.ts";
import { NOW_MS, policyOf, StsFixture } from "../sts-fixture.ts";

const ASSUME = policyOf({ Action: "sts:AssumeRole", Resource: "*" });
const trusting = (principal: string, more: object = {}): object =>
  policyOf({ Principal: { AWS: principal }, Action: ["sts:AssumeRole", "sts:TagSession"], ...more });

async function assume(
  fixture: StsFixture,
  caller: CallerCredential,
  role: Role | string,
  more: Readonly<Record<string, string>> = {},
) {
  const RoleArn = typeof role === "string" ? role : arnOf(role);
  return fixture.call("AssumeRole", caller, { RoleArn, RoleSessionName: "night", ...more });
}

const refused = (code: string, message: string | RegExp) => (error: unknown) => {
  assert.ok(error instanceof Error && "code" in error, String(error));
  assert.equal(error.code, code, error.message);
  if (typeof message === "string") assert.equal(error.message, message);
  else assert.match(error.message, message);
  return true;
};

test("a role whose trust policy names the user is assumed without a policy of the user's", async () => {
  const fixture = await StsFixture.make();
  const user = await fixture.addUser("bob");
  const role = await fixture.addRole("reader", trusting(arnOf(user)), { path: "/jobs/" });
  const answer = await assume(fixture, fixture.asUser(user), role);
  const { accountId } = fixture.account;
  assert.equal(answer.get("AssumedRoleUser.Arn"), `arn:aws:sts::${accountId}:assumed-role/reader/night`);
  assert.equal(answer.get("AssumedRoleUser.AssumedRoleId"), `${role.id}:night`);
  assert.match(answer.get("Credentials.AccessKeyId") ?? "", /^ASIA[A-Z2-7]{16}$/);
  assert.equal(answer.get("Credentials.Expiration"), "2026-11-24T13:00:00Z");
  assert.equal(answer.has("PackedPolicySize"), false);
  const { principal } = await fixture.asSession(answer);
  assert.ok(principal.kind === "role-session");
  assert.equal(principal.roleArn, `arn:aws:iam::${accountId}:role/jobs/reader`);
  assert.equal(principal.userId, `${role.id}:night`);
});

test("a trust policy that names the account leaves it to the user's own policies", async () => {
  const fixture = await StsFixture.make();
  const role = await fixture.addRole("reader", trusting(fixture.account.accountId));
  const may = await fixture.addUser("may", ASSUME);
  const mayNot = await fixture.addUser("may-not");
  await assume(fixture, fixture.asUser(may), role);
  const message = `User: ${arnOf(mayNot)} is not authorized to perform: sts:AssumeRole on resource: ${arnOf(role)}`;
  await assert.rejects(assume(fixture, fixture.asUser(mayNot), role), refused("AccessDenied", message));
});

test("across accounts both sides must allow", async () => {
  const fixture = await StsFixture.make();
  const may = await fixture.addUser("may", ASSUME, fixture.other);
  const mayNot = await fixture.addUser("may-not", null, fixture.other);
  const role = await fixture.addRole(
    "guest",
    policyOf({ Principal: { AWS: [arnOf(may), arnOf(mayNot)] }, Action: "sts:AssumeRole" }),
  );
  await assume(fixture, fixture.asUser(may), role);
  await assert.rejects(assume(fixture, fixture.asUser(mayNot), role), { code: "AccessDenied" });
  const closed = await fixture.addRole("closed", trusting(rootArn(fixture.account.accountId)));
  await assert.rejects(assume(fixture, fixture.asUser(may), closed), { code: "AccessDenied" });
});

test("a role that is not there answers as one that lets nobody in", async () => {
  const fixture = await StsFixture.make();
  const user = fixture.asUser(await fixture.addUser("bob", ASSUME));
  const role = await fixture.addRole("reader", trusting(fixture.account.accountId), { path: "/jobs/" });
  const { accountId } = fixture.account;
  for (const arn of [
    `arn:aws:iam::${accountId}:role/nobody`,
    `arn:aws:iam::${accountId}:role/reader`,
    `arn:aws:iam::${accountId}:user/reader-reader`,
    `arn:aws-cn:iam::${accountId}:role/jobs/reader`,
    `arn:aws:iam::999999999999:role/${role.name}`,
  ])
    await assert.rejects(
      assume(fixture, user, arn),
      refused("AccessDenied", new RegExp(`on resource: ${arn}$`)),
    );
});

test("an external id must be the one that the trust policy asks for", async () => {
  const fixture = await StsFixture.make();
  const user = await fixture.addUser("bob");
  const condition = { Condition: { StringEquals: { "sts:ExternalId": "case-7" } } };
  const role = await fixture.addRole("auditor", trusting(arnOf(user), condition));
  const caller = fixture.asUser(user);
  await assume(fixture, caller, role, { ExternalId: "case-7" });
  await assert.rejects(assume(fixture, caller, role), { code: "AccessDenied" });
  await assert.rejects(assume(fixture, caller, role, { ExternalId: "case-8" }), { code: "AccessDenied" });
});

test("a session lasts as long as was asked, as its role allows, and an hour at most from a session", async () => {
  const fixture = await StsFixture.make();
  const user = await fixture.addUser("bob", ASSUME);
  const caller = fixture.asUser(user);
  const long = await fixture.addRole("long", trusting(fixture.account.accountId), {
    policy: ASSUME,
    longestSeconds: 7200,
  });
  const answer = await assume(fixture, caller, long, { DurationSeconds: "7200" });
  assert.equal(answer.get("Credentials.Expiration"), "2026-11-24T14:00:00Z");
  const tooLong = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
  const wish = (seconds: string) => assume(fixture, caller, long, { DurationSeconds: seconds });
  await assert.rejects(wish("7201"), refused("ValidationError", tooLong));
  await assert.rejects(
    wish("899"),
    refused("ValidationError", /'durationSeconds' .* greater than or equal to 900$/),
  );
  await assert.rejects(wish("43201"), refused("ValidationError", /less than or equal to 43200$/));
  await assert.rejects(wish("1e3"), { code: "ValidationError" });
  const session = await fixture.asSession(answer);
  await assume(fixture, session, long, { DurationSeconds: "3600" });
  const chained =
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
  const more = { DurationSeconds: "3601" };
  await assert.rejects(assume(fixture, session, long, more), refused("ValidationError", chained));
});

test("tags and a source identity need rights of their own, and are handed on", async () => {
  const fixture = await StsFixture.make();
  const { accountId } = fixture.account;
  const user = await fixture.addUser("bob", policyOf({ Action: "sts:*", Resource: "*" }));
  const plain = await fixture.addRole(
    "plain",
    policyOf({ Principal: { AWS: accountId }, Action: "sts:AssumeRole" }),
  );
  const role = await fixture.addRole("tagged", policyOf({ Principal: { AWS: accountId }, Action: "sts:*" }), {
    policy: policyOf({ Action: "sts:*", Resource: "*" }),
    tags: [
      { key: "Team", value: "role" },
      { key: "cost", value: "7" },
    ],
  });
  const caller = fixture.asUser(user);
  const tags = { "Tags.member.1.Key": "team", "Tags.member.1.Value": "audit" };
  const transitive = { ...tags, "TransitiveTagKeys.member.1": "team", SourceIdentity: "bob" };
  await assert.rejects(
    assume(fixture, caller, plain, tags),
    refused("AccessDenied", /sts:TagSession on resource/),
  );
  await assert.rejects(
    assume(fixture, caller, plain, { SourceIdentity: "bob" }),
    refused("AccessDenied", /sts:SetSourceIdentity on resource/),
  );
  const answer = await assume(fixture, caller, role, transitive);
  assert.equal(answer.get("SourceIdentity"), "bob");
  assert.ok(Number(answer.get("PackedPolicySize")) > 0);
  const session = await fixture.asSession(answer);
  assert.ok(session.principal.kind === "role-session");
  assert.deepEqual(
    [...session.principal.tags],
    [
      ["cost", "7"],
      ["team", "audit"],
    ],
  );
  const next = await fixture.asSession(await assume(fixture, session, role, { RoleSessionName: "second" }));
  assert.deepEqual([...(next.session?.tags ?? [])], [["team", "audit"]]);
  assert.deepEqual(next.session?.transitiveTagKeys, ["team"]);
  assert.equal(next.session?.sourceIdentity, "bob");
  const conflict =
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.";
  const other = { "Tags.member.1.Key": "TEAM", "Tags.member.1.Value": "x" };
  await assert.rejects(assume(fixture, session, role, other), refused("InvalidParameterValue", conflict));
});

test("tags that clash, are reserved or are not there are refused in AWS's words", async () => {
  const fixture = await StsFixture.make();
  const user = await fixture.addUser("bob", ASSUME);
  const role = await fixture.addRole("reader", trusting(fixture.account.accountId));
  const call = (more: Readonly<Record<string, string>>) => assume(fixture, fixture.asUser(user), role, more);
  await assert.rejects(
    call({ "Tags.member.1.Key": "a", "Tags.member.2.Key": "A" }),
    refused(
      "InvalidParameterValue",
      "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ),
  );
  await assert.rejects(
    call({ "Tags.member.1.Key": "a", "TransitiveTagKeys.member.1": "b" }),
    refused(
      "InvalidParameterValue",
      "The specified transitive tag key must be included in the requested tags.",
    ),
  );
  await assert.rejects(call({ "Tags.member.1.Key": "AWS:a" }), { code: "InvalidParameterValue" });
  await assert.rejects(call({ "Tags.member.1.Key": "" }), refused("ValidationError", /'tags.1.member.key'/));
});

test("session policies are checked, limited and packed", async () => {
  const fixture = await StsFixture.make();
  const user = await fixture.addUser("bob", policyOf({ Action: "sts:*", Resource: "*" }));
  const role = await fixture.addRole("reader", trusting(fixture.account.accountId));
  const call = (more: Readonly<Record<string, string>>) => assume(fixture, fixture.asUser(user), role, more);
  const Policy = JSON.stringify(policyOf({ Action: "s3:GetObject", Resource: "*" }));
  const answer = await call({ Policy, "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess" });
  assert.ok(Number(answer.get("PackedPolicySize")) >= 1);
  assert.equal((await fixture.asSession(answer)).session?.policies?.length, 2);
  await assert.rejects(call({ Policy: "{}" }), { code: "MalformedPolicyDocument" });
  await assert.rejects(
    call({ Policy: `${Policy}${" ".repeat(2048)}` }),
    refused("ValidationError", /'policy'.*2048$/),
  );
  await assert.rejects(
    call({ "PolicyArns.member.1.arn": `arn:aws:iam::${fixture.account.accountId}:policy/none` }),
    refused("ValidationError", /does not exist/),
  );
  const many = Array.from({ length: 11 }, (_, i) => [
    `PolicyArns.member.${i + 1}.arn`,
    `arn:aws:iam::aws:policy/P${i}`,
  ]);
  await assert.rejects(call(Object.fromEntries(many)), refused("ValidationError", /'policyArns'/));
  const random = (): string =>
    Array.from({ length: 256 }, () => Math.random().toString(36).slice(2, 3)).join("");
  const tags = Array.from({ length: 50 }, (_, i) => [
    [`Tags.member.${i + 1}.Key`, `k${i}`],
    [`Tags.member.${i + 1}.Value`, random()],
  ]).flat();
  const packed = /^Packed size of session tags consumes \d{3}% of allotted space\.$/;
  await assert.rejects(call(Object.fromEntries(tags)), refused("PackedPolicyTooLarge", packed));
});

test("what is no role's ARN, no session name, or a code of no device is refused in AWS's words", async () => {
  const fixture = await StsFixture.make();
  const caller = fixture.asUser(await fixture.addUser("bob", ASSUME));
  const role = await fixture.addRole("reader", trusting(fixture.account.accountId));
  for (const arn of ["nothing-valid-in-here", "arn::b:::something/test-role", "arn:a:a::aaaaaaaaaa:"])
    await assert.rejects(assume(fixture, caller, arn), refused("ValidationError", `${arn} is invalid`));
  await assert.rejects(
    assume(fixture, caller, role, { RoleSessionName: "Session1:2" }),
    refused(
      "ValidationError",
      "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    ),
  );
  await assert.rejects(
    fixture.call("AssumeRole", caller, {}),
    refused("ValidationError", /^2 validation errors detected: Value null at 'roleArn'/),
  );
  await assert.rejects(
    assume(fixture, caller, role, { SerialNumber: "arn:aws:iam::1:mfa/x", TokenCode: "123456" }),
    { code: "AccessDenied" },
  );
});

test("root may assume what trusts its account", async () => {
  const fixture = await StsFixture.make();
  const role = await fixture.addRole("reader", trusting(rootArn(fixture.account.accountId)));
  const answer = await assume(fixture, fixture.asRoot(), role);
  assert.equal((await fixture.asSession(answer)).session?.issuedMs, NOW_MS);
  const closed = await fixture.addRole("closed", trusting(arnOf(role)));
  await assert.rejects(assume(fixture, fixture.asRoot(), closed), { code: "AccessDenied" });
});
