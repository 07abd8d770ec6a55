import assert from "node:assert/strict";
import { test } from "node:test";
import { arnOf } from "../../identities/entities.ts";
import { policyOf, StsFixture } from "../sts-fixture.ts";
import { findStsOperation } from "./index.ts";

const EVERYTHING = policyOf({ Action: "*", Resource: "*" });
const NOTHING = policyOf({ Effect: "Deny", Action: "*", Resource: "*" });

test("GetCallerIdentity tells users, roots and sessions who they are, whatever their policies deny", async () => {
  const fixture = await StsFixture.make();
  const { accountId } = fixture.account;
  const user = await fixture.addUser("bob", NOTHING);
  const asked = async (caller: Parameters<StsFixture["call"]>[1]) =>
    Object.fromEntries(await fixture.call("GetCallerIdentity", caller, {}));
  assert.deepEqual(await asked(fixture.asUser(user)), {
    Arn: `arn:aws:iam::${accountId}:user/bob`,
    UserId: user.id,
    Account: accountId,
  });
  assert.deepEqual(await asked(fixture.asRoot()), {
    Arn: `arn:aws:iam::${accountId}:root`,
    UserId: accountId,
    Account: accountId,
  });
  const federated = await fixture.call("GetFederationToken", fixture.asRoot(), { Name: "eve" });
  assert.deepEqual(await asked(await fixture.asSession(federated)), {
    Arn: `arn:aws:sts::${accountId}:federated-user/eve`,
    UserId: `${accountId}:eve`,
    Account: accountId,
  });
});

test("GetSessionToken needs no permission, lasts 12 hours, one for root, and is for no session", async () => {
  const fixture = await StsFixture.make();
  const user = fixture.asUser(await fixture.addUser("bob", NOTHING));
  const answer = await fixture.call("GetSessionToken", user, {});
  assert.equal(answer.get("Credentials.Expiration"), "2026-11-25T00:00:00Z");
  const longest = await fixture.call("GetSessionToken", user, { DurationSeconds: "129600" });
  assert.equal(longest.get("Credentials.Expiration"), "2026-11-26T00:00:00Z");
  const byRoot = await fixture.call("GetSessionToken", fixture.asRoot(), {});
  assert.equal(byRoot.get("Credentials.Expiration"), "2026-11-24T13:00:00Z");
  const session = await fixture.asSession(answer);
  await assert.rejects(fixture.call("GetSessionToken", session, {}), {
    code: "AccessDenied",
    message: "Cannot call GetSessionToken with session credentials",
  });
  await assert.rejects(fixture.call("GetSessionToken", user, { DurationSeconds: "129601" }), {
    code: "ValidationError",
  });
});

test("GetFederationToken needs the right to it, and its sessions open nothing else of STS", async () => {
  const fixture = await StsFixture.make();
  const { accountId } = fixture.account;
  const plain = fixture.asUser(await fixture.addUser("plain"));
  const arn = `arn:aws:sts::${accountId}:federated-user/eve`;
  await assert.rejects(fixture.call("GetFederationToken", plain, { Name: "eve" }), {
    code: "AccessDenied",
    message: `User: arn:aws:iam::${accountId}:user/plain is not authorized to perform: sts:GetFederationToken on resource: ${arn} because no identity-based policy allows the sts:GetFederationToken action`,
  });
  const able = fixture.asUser(await fixture.addUser("able", EVERYTHING));
  const answer = await fixture.call("GetFederationToken", able, { Name: "eve" });
  assert.equal(answer.get("FederatedUser.Arn"), arn);
  assert.equal(answer.get("FederatedUser.FederatedUserId"), `${accountId}:eve`);
  assert.equal(answer.get("PackedPolicySize"), "0");
  const session = await fixture.asSession(answer);
  const role = await fixture.addRole(
    "open",
    policyOf({ Principal: { AWS: accountId }, Action: "sts:AssumeRole" }),
  );
  const RoleArn = arnOf(role);
  const calls = [
    fixture.call("AssumeRole", session, { RoleArn, RoleSessionName: "x1" }),
    fixture.call("GetSessionToken", session, {}),
    fixture.call("GetFederationToken", session, { Name: "eve" }),
  ];
  for (const call of calls) await assert.rejects(call, { code: "AccessDenied" });
  await assert.rejects(fixture.call("GetFederationToken", able, { Name: "x" }), { code: "ValidationError" });
});

test("GetAccessKeyInfo tells the account of a long-lived key to those who may ask", async () => {
  const fixture = await StsFixture.make();
  const { account, credential } = await fixture.accounts.createAccount("third");
  const AccessKeyId = credential.accessKeyId;
  const answer = await fixture.call("GetAccessKeyInfo", fixture.asRoot(), { AccessKeyId });
  assert.equal(answer.get("Account"), account.accountId);
  const user = fixture.asUser(await fixture.addUser("bob"));
  await assert.rejects(fixture.call("GetAccessKeyInfo", user, { AccessKeyId }), { code: "AccessDenied" });
  const unknown = { AccessKeyId: `AKIA${"A".repeat(16)}` };
  await assert.rejects(fixture.call("GetAccessKeyInfo", fixture.asRoot(), unknown), { code: "AccessDenied" });
});

test("what cannot be done is refused plainly", async () => {
  const fixture = await StsFixture.make();
  const root = fixture.asRoot();
  await assert.rejects(fixture.call("DecodeAuthorizationMessage", root, { EncodedMessage: "x" }), {
    code: "InvalidAuthorizationMessageException",
  });
  await assert.rejects(fixture.call("AssumeRoleWithSAML", null, {}), { code: "NotImplemented", status: 501 });
  assert.equal(findStsOperation("GetCallerIdentity", "2010-01-01"), null);
  assert.equal(findStsOperation("AssumeRoot", "2011-06-15"), null);
  assert.equal(findStsOperation("constructor", "2011-06-15"), null);
});
