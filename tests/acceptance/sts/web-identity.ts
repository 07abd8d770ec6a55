import assert from "node:assert/strict";
import { CreateOpenIDConnectProviderCommand } from "@aws-sdk/client-iam";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromWebToken } from "@aws-sdk/credential-providers";
import type { OidcServer } from "./oidc-server.ts";
import { policyText, refuses, type StsWorkbench } from "./sts-workbench.ts";

const Bucket = "vault";

/** A person signs in at a provider; what they may do follows from their token. */
export async function useWebIdentity(bench: StsWorkbench, oidc: OidcServer): Promise<void> {
  const { OpenIDConnectProviderArn = "" } = await bench.iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: oidc.issuer, ClientIDList: [oidc.clientId] }),
  );
  const name = oidc.issuer.replace("https://", "");
  const RoleArn = await bench.makeRole(
    "web",
    policyText({
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject"],
      // Everyone has a folder of their own.
      Resource: `arn:aws:s3:::${Bucket}/people/\${${name}:sub}/*`,
    }),
    policyText({
      Effect: "Allow",
      Principal: { Federated: OpenIDConnectProviderArn },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: { [`${name}:aud`]: oidc.clientId },
        StringNotEquals: { [`${name}:sub`]: "mallory" },
      },
    }),
  );
  const provider = (webIdentityToken: string) =>
    fromWebToken({
      webIdentityToken,
      roleArn: RoleArn,
      roleSessionName: "web",
      clientConfig: bench.settings,
    });
  const token = await oidc.signIn("alice");
  const s3 = bench.s3(provider(token));
  const own = { Bucket, Key: "people/alice/note" };
  await s3.send(new PutObjectCommand({ ...own, Body: "hello" }));
  assert.equal(await (await s3.send(new GetObjectCommand(own))).Body?.transformToString(), "hello");
  await refuses("AccessDenied", s3.send(new GetObjectCommand({ Bucket, Key: "people/bob/note" })));
  const { Arn } = await bench.sts(provider(token)).send(new GetCallerIdentityCommand({}));
  assert.equal(Arn, `arn:aws:sts::${bench.accountId}:assumed-role/web/web`);
  bench.tally.add("web identities", 4);
  await refuseBadTokens(bench, oidc, { RoleArn, token });
}

async function refuseBadTokens(
  bench: StsWorkbench,
  oidc: OidcServer,
  good: { readonly RoleArn: string; readonly token: string },
): Promise<void> {
  const { RoleArn, token } = good;
  // Whatever credentials the client has, this operation is not signed with them.
  const sts = new STSClient({ ...bench.settings, credentials: { accessKeyId: "x", secretAccessKey: "y" } });
  const assume = (WebIdentityToken: string, more: object = {}) =>
    sts.send(
      new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: "web", WebIdentityToken, ...more }),
    );
  const answer = await assume(token);
  assert.equal(answer.SubjectFromWebIdentityToken, "alice");
  assert.equal(answer.Audience, oidc.clientId);
  const [header = "", payload = "", signature = ""] = token.split(".");
  const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const asBob = encode({ ...Object(claims), sub: "bob" });
  const bad = [
    `${header}.${asBob}.${signature}`,
    `${encode({ alg: "none" })}.${payload}.`,
    `${encode({ alg: "HS256", kid: "suite" })}.${payload}.${signature}`,
    `${header}.${encode({ ...Object(claims), iss: "https://evil.example.com" })}.${signature}`,
    "not.a.token",
  ];
  for (const each of bad) await refuses("InvalidIdentityToken", assume(each));
  await refuses("AccessDenied", assume(await oidc.signIn("mallory")));
  await refuses("AccessDenied", assume(token, { RoleArn: RoleArn.replace(/web$/, "nobody") }));
  bench.tally.add("bad web identities", bad.length + 2);
  sts.destroy();
}

/** A provider whose certificate nobody vouches for counts as one that cannot be reached. */
export async function refuseUntrustedProvider(bench: StsWorkbench, oidc: OidcServer): Promise<void> {
  const { OpenIDConnectProviderArn = "" } = await bench.iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: oidc.issuer, ClientIDList: [oidc.clientId] }),
  );
  const trust = {
    Effect: "Allow",
    Principal: { Federated: OpenIDConnectProviderArn },
    Action: "sts:AssumeRoleWithWebIdentity",
  };
  const everything = policyText({ Effect: "Allow", Action: "*", Resource: "*" });
  const RoleArn = await bench.makeRole("untrusted", everything, policyText(trust));
  const WebIdentityToken = await oidc.signIn("alice");
  const request = new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: "web", WebIdentityToken });
  const sts = bench.sts({ accessKeyId: "x", secretAccessKey: "y" });
  await refuses("IDPCommunicationError", sts.send(request));
  bench.tally.add("bad web identities");
}
