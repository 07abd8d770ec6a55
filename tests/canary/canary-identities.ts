import assert from "node:assert/strict";
import { callQuery, sessionOf } from "../harness/query-client.ts";
import { type WireResponse, xmlTexts } from "../harness/wire-client.ts";
import type { CanaryTarget } from "./canary-writes.ts";

const documentOf = (sid: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid: sid, Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
  });

/** Users, roles, their documents and keys, and the credentials of sessions. */
export async function useIdentities(target: CanaryTarget): Promise<void> {
  const { ledger } = target;
  const iam = async (action: string, parameters: Readonly<Record<string, string>>): Promise<WireResponse> => {
    const response = await callQuery(target.client, { service: "iam", action, parameters });
    assert.equal(response.status, 200, `${action}: ${response.body}`);
    target.tally.add("canary identity operations");
    return response;
  };
  const sid = (): string => ledger.word("Sid of a policy").replaceAll("-", "");
  const UserName = ledger.word("user name");
  const user = await iam("CreateUser", {
    UserName,
    Path: `/${ledger.word("path")}/`,
    "Tags.member.1.Key": ledger.word("tag name of a user"),
    "Tags.member.1.Value": ledger.word("tag value of a user"),
  });
  await iam("PutUserPolicy", {
    UserName,
    PolicyName: ledger.word("policy name"),
    PolicyDocument: documentOf(sid()),
  });
  const made = await iam("CreateAccessKey", { UserName });
  ledger.secretText("secret access key of a user", xmlTexts(made.body, "SecretAccessKey")[0] ?? "");
  const account = /arn:aws:iam::(\d{12}):/.exec(String(user.body))?.[1] ?? "";
  const RoleName = ledger.word("role name").slice(0, 60);
  const trust = {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" },
    ],
  };
  await iam("CreateRole", {
    RoleName,
    AssumeRolePolicyDocument: JSON.stringify(trust),
    Description: ledger.word("description of a role"),
  });
  await iam("PutUserPolicy", {
    UserName,
    PolicyName: "assume",
    PolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "sts:*", Resource: "*" }],
    }),
  });
  const credentials = {
    accessKeyId: xmlTexts(made.body, "AccessKeyId")[0] ?? "",
    secretAccessKey: xmlTexts(made.body, "SecretAccessKey")[0] ?? "",
  };
  const assumed = await callQuery(target.client, {
    service: "sts",
    action: "AssumeRole",
    credentials,
    parameters: {
      RoleArn: `arn:aws:iam::${account}:role/${RoleName}`,
      RoleSessionName: ledger.word("session name").slice(0, 60),
      Policy: documentOf(sid()),
      ExternalId: ledger.word("external id"),
    },
  });
  assert.equal(assumed.status, 200, String(assumed.body));
  const session = sessionOf(assumed);
  ledger.secretText("secret of a session", session.secretAccessKey);
  ledger.secretText("session token", session.sessionToken);
  const identity = await callQuery(target.client, {
    service: "sts",
    action: "GetCallerIdentity",
    credentials: session,
  });
  assert.equal(identity.status, 200, String(identity.body));
}
