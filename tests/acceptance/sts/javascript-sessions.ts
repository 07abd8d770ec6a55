import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { IAMClient, ListRolesCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import {
  AssumeRoleCommand,
  type Credentials,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { Tally } from "../../harness/tally.ts";
import { startTestServer } from "../../harness/test-server.ts";
import {
  EVERYTHING_IN_S3,
  policyText,
  READ_REPORTS,
  refuses,
  type SessionCredentials,
  StsWorkbench,
} from "./sts-workbench.ts";

const Bucket = "vault";
const get = (s3: S3Client, Key: string) => s3.send(new GetObjectCommand({ Bucket, Key }));
const put = (s3: S3Client, Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));

function credentialsOf(answer: { readonly Credentials?: Credentials | undefined }): SessionCredentials {
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = answer.Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** The SDK's own provider of temporary credentials, with a session policy that only narrows [L-167]. */
export async function useTemporaryCredentials(
  bench: StsWorkbench,
  user: SessionCredentials,
  RoleArn: string,
): Promise<void> {
  const provider = (Policy?: string) =>
    fromTemporaryCredentials({
      masterCredentials: user,
      params: { RoleArn, RoleSessionName: "sdk", ...(Policy === undefined ? {} : { Policy }) },
      clientConfig: bench.settings,
    });
  const wide = bench.s3(provider());
  await put(wide, "reports/a");
  await put(wide, "other/a");
  const narrow = bench.s3(provider(READ_REPORTS));
  assert.equal(await (await get(narrow, "reports/a")).Body?.transformToString(), "reports/a");
  await refuses("AccessDenied", get(narrow, "other/a"));
  await refuses("AccessDenied", put(narrow, "reports/b"));
  await refuses("AccessDenied", narrow.send(new DeleteObjectCommand({ Bucket, Key: "reports/a" })));
  await refuses("AccessDenied", narrow.send(new ListObjectsV2Command({ Bucket })));
  const identity = await bench.sts(provider()).send(new GetCallerIdentityCommand({}));
  assert.equal(identity.Arn, `arn:aws:sts::${bench.accountId}:assumed-role/worker/sdk`);
  bench.tally.add("temporary credentials of the SDK", 7);
}

/** A role that may only read does not come to write by a session policy that says so. */
export async function widenNothing(
  bench: StsWorkbench,
  user: SessionCredentials,
  RoleArn: string,
): Promise<void> {
  const answer = await bench
    .sts(user)
    .send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "wide", Policy: EVERYTHING_IN_S3 }));
  assert.ok((answer.PackedPolicySize ?? 0) > 0);
  const s3 = bench.s3(credentialsOf(answer));
  await get(s3, "reports/a");
  await refuses("AccessDenied", put(s3, "reports/a"));
  await refuses("AccessDenied", get(s3, "other/a"));
  bench.tally.add("attempts to widen", 3);
}

/** Presigned URLs carry the token; a changed one is refused. */
export async function presign(bench: StsWorkbench, user: SessionCredentials, RoleArn: string): Promise<void> {
  const answer = await bench.sts(user).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "signer" }));
  const url = await getSignedUrl(
    bench.s3(credentialsOf(answer)),
    new GetObjectCommand({ Bucket, Key: "reports/a" }),
    { expiresIn: 60 },
  );
  const { client } = bench.server;
  const fetch = async (text: string) => {
    const { pathname, searchParams } = new URL(text);
    const query = Object.fromEntries(searchParams);
    const [, bucket = "", ...key] = pathname.split("/");
    return client.request({ method: "GET", bucket, objectKey: key.join("/"), query, credentials: null });
  };
  const good = await fetch(url);
  assert.equal(`${good.status} ${good.body}`, "200 reports/a");
  const token = new URL(url).searchParams.get("X-Amz-Security-Token") ?? "";
  const flipped = `${token.slice(0, 40)}${token[40] === "A" ? "B" : "A"}${token.slice(41)}`;
  const bad = await fetch(url.replace(token, flipped));
  assert.equal(bad.status, 400);
  assert.match(bad.body.toString(), /<Code>InvalidToken<\/Code>/);
  assert.ok(!bad.body.toString().includes(flipped));
  const none = await fetch(url.replace(/X-Amz-Security-Token=[^&]*&/, ""));
  assert.match(none.body.toString(), /<Code>InvalidAccessKeyId<\/Code>/);
  bench.tally.add("presigned URLs of sessions", 3);
}

/** Users' own sessions and those they vouch for. */
export async function useUserSessions(bench: StsWorkbench, user: SessionCredentials): Promise<void> {
  const own = credentialsOf(await bench.sts(user).send(new GetSessionTokenCommand({ DurationSeconds: 900 })));
  const { Arn } = await bench.sts(own).send(new GetCallerIdentityCommand({}));
  assert.equal(Arn, `arn:aws:iam::${bench.accountId}:user/alice`);
  await get(bench.s3(own), "other/a");
  await refuses("AccessDenied", bench.sts(own).send(new GetSessionTokenCommand({})));
  const request = new GetFederationTokenCommand({ Name: "guest", Policy: READ_REPORTS });
  const answer = await bench.sts(user).send(request);
  const guest = credentialsOf(answer);
  assert.equal(answer.FederatedUser?.Arn, `arn:aws:sts::${bench.accountId}:federated-user/guest`);
  await get(bench.s3(guest), "reports/a");
  await refuses("AccessDenied", get(bench.s3(guest), "other/a"));
  await refuses("AccessDenied", put(bench.s3(guest), "reports/a"));
  bench.tally.add("sessions of users", 7);
}

/** Tokens that are cut, flipped, borrowed, another server's, or of a role that is gone. */
export async function refuseBadTokens(bench: StsWorkbench, user: SessionCredentials): Promise<void> {
  const RoleArn = await bench.makeRole("passing", EVERYTHING_IN_S3);
  const sts = bench.sts(user);
  const assume = async () =>
    credentialsOf(await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "passing" })));
  const [good, other] = [await assume(), await assume()];
  await get(bench.s3(good), "reports/a");
  const token = good.sessionToken ?? "";
  const foreign = await foreignSession();
  const bad: readonly SessionCredentials[] = [
    { ...good, sessionToken: token.slice(0, -1) },
    { ...good, sessionToken: `${token.slice(0, 30)}${token[30] === "A" ? "B" : "A"}${token.slice(31)}` },
    { ...good, sessionToken: other.sessionToken ?? "" },
    { ...user, sessionToken: token },
    foreign,
  ];
  for (const credentials of bad) {
    await refuses("InvalidToken", get(bench.s3(credentials), "reports/a"));
    await refuses("InvalidClientTokenId", bench.sts(credentials).send(new GetCallerIdentityCommand({})));
  }
  const { sessionToken: _, ...tokenless } = good;
  await refuses("InvalidAccessKeyId", get(bench.s3(tokenless), "reports/a"));
  await bench.removeRole("passing");
  await refuses("InvalidToken", get(bench.s3(good), "reports/a"));
  await bench.makeRole("passing", EVERYTHING_IN_S3);
  await refuses("InvalidToken", get(bench.s3(good), "reports/a"));
  bench.tally.add("bad tokens", bad.length * 2 + 3);
}

/** Genuine credentials, of another server. */
async function foreignSession(): Promise<SessionCredentials> {
  const server = await startTestServer("sts-foreign");
  const foreign = new StsWorkbench(server, new Tally());
  try {
    const sts = foreign.sts(server.environment.credentials);
    return credentialsOf(await sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 })));
  } finally {
    foreign.close();
    await server.close();
  }
}

/** [L-167] A session is the same caller to every service, its policy narrows each, and a bad token is refused in each one's words. */
export async function useEveryService(bench: StsWorkbench, user: SessionCredentials): Promise<void> {
  const everything = policyText({ Effect: "Allow", Action: "*", Resource: "*" });
  const RoleArn = await bench.makeRole("admin", everything);
  const command = new AssumeRoleCommand({ RoleArn, RoleSessionName: "admin" });
  const good = credentialsOf(await bench.sts(user).send(command));
  const bad = { ...good, sessionToken: `${good.sessionToken}A` };
  const iam = (credentials: SessionCredentials) => new IAMClient({ ...bench.settings, credentials });
  const kms = (credentials: SessionCredentials) => new KMSClient({ ...bench.settings, credentials });
  assert.ok((await iam(good).send(new ListRolesCommand({}))).Roles?.some(({ Arn }) => Arn === RoleArn));
  await refuses("InvalidClientTokenId", iam(bad).send(new ListRolesCommand({})));
  await kms(good).send(new CreateKeyCommand({}));
  await refuses("UnrecognizedClientException", kms(bad).send(new CreateKeyCommand({})));
  const narrowing = new AssumeRoleCommand({ RoleArn, RoleSessionName: "s3-only", Policy: EVERYTHING_IN_S3 });
  const narrow = credentialsOf(await bench.sts(user).send(narrowing));
  await get(bench.s3(narrow), "reports/a");
  await refuses("AccessDenied", iam(narrow).send(new ListRolesCommand({})));
  await refuses("AccessDeniedException", kms(narrow).send(new CreateKeyCommand({})));
  bench.tally.add("services with sessions", 7);
}

/** What was issued before a moment is denied, as the console of AWS revokes sessions; what comes after is not. */
export async function revokeSessions(bench: StsWorkbench, user: SessionCredentials): Promise<void> {
  const RoleName = "revoked";
  const RoleArn = await bench.makeRole(RoleName, EVERYTHING_IN_S3);
  const assume = async () =>
    credentialsOf(await bench.sts(user).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: RoleName })));
  const before = await assume();
  await get(bench.s3(before), "reports/a");
  await sleep(5);
  const PolicyDocument = policyText({
    Effect: "Deny",
    Action: "*",
    Resource: "*",
    Condition: { DateLessThan: { "aws:TokenIssueTime": new Date().toISOString() } },
  });
  await bench.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "revoke", PolicyDocument }));
  await refuses("AccessDenied", get(bench.s3(before), "reports/a"));
  await get(bench.s3(await assume()), "reports/a");
  bench.tally.add("revoked sessions", 3);
}
