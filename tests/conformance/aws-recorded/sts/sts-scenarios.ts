import type { StsReplay, StsScenario } from "./sts-scenario.ts";

const INTEGRATIONS = "test_sts.py::TestSTSIntegrations::";
const TAGGING = "test_sts.py::TestSTSAssumeRoleTagging::";

const tag = (key: string, value: string): Readonly<Record<string, string>> => ({
  "Tags.member.1.Key": key,
  "Tags.member.1.Value": value,
});

/** Makes a role that its account may assume and compares how that was answered; returns its ARN. */
async function makeRole(t: StsScenario, label: string, Action: string | readonly string[]): Promise<string> {
  const accountId = await t.accountId();
  const RoleName = t.newName("role");
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Action, Effect: "Allow", Principal: { AWS: accountId } }],
  });
  const parameters = { RoleName, AssumeRolePolicyDocument };
  await t.match(label, { service: "iam", action: "CreateRole", parameters });
  return `arn:aws:iam::${accountId}:role/${RoleName}`;
}

const assume = (
  t: StsScenario,
  label: string,
  parameters: Readonly<Record<string, string>>,
  credentials?: Awaited<ReturnType<StsScenario["assume"]>>,
) => {
  const by = credentials === undefined ? {} : { credentials };
  return t.match(label, { service: "sts", action: "AssumeRole", parameters, ...by });
};

const TAGGABLE = ["sts:AssumeRole", "sts:TagSession"];

/** Every recorded test of STS, by its name. */
export const STS_SCENARIOS: Readonly<Record<string, StsReplay>> = {
  [`${INTEGRATIONS}test_get_federation_token`]: async (t) => {
    const parameters = { Name: t.newName("name").slice(0, 32), DurationSeconds: "900" };
    await t.match("get-federation-token", { service: "sts", action: "GetFederationToken", parameters });
  },
  [`${INTEGRATIONS}test_assume_role`]: async (t) => {
    const RoleSessionName = t.newName("session");
    t.check("role-session-name", { RoleSessionName });
    const RoleArn = await makeRole(t, "create-role", "sts:AssumeRole");
    await assume(t, "assume-role", { RoleArn, RoleSessionName });
  },
  [`${INTEGRATIONS}test_sts_invalid_parameters`]: async (t) => {
    const RoleSessionName = "Session1";
    for (const [label, RoleArn] of Object.entries({
      "malformed-arn": "nothing-valid-in-here",
      "no-partition": "arn::b:::something/test-role",
      "no-service": "arn:a::::something/test-role",
      "not-enough-colons": "arn:a:::something/test-role",
      "no-resource": "arn:a:a::aaaaaaaaaa:",
    }))
      await assume(t, label, { RoleArn, RoleSessionName });
    const RoleArn = `arn:aws:iam::${await t.accountId()}:role/test-role`;
    await assume(t, "invalid-session-name", { RoleArn, RoleSessionName: "Session1:2" });
  },
  [`${TAGGING}test_assume_role_tag_validation`]: async (t) => {
    const RoleArn = await makeRole(t, "role-1", TAGGABLE);
    const parameters = { RoleArn, RoleSessionName: "Session1" };
    await assume(t, "invalid-transitive-tag-keys", {
      ...parameters,
      ...tag("SessionTag1", "SessionValue1"),
      "TransitiveTagKeys.member.1": "InvalidKey",
    });
    await assume(t, "duplicate-tag-keys-different-casing", {
      ...parameters,
      ...tag("SessionTag1", "SessionValue1"),
      "Tags.member.2.Key": "sessiontag1",
      "Tags.member.2.Value": "SessionValue2",
    });
  },
  [`${TAGGING}test_iam_role_chaining_override_transitive_tags`]: async (t) => {
    const first = await makeRole(t, "role-1", TAGGABLE);
    const second = await makeRole(t, "role-2", TAGGABLE);
    const session = await t.assume({
      RoleArn: first,
      RoleSessionName: "Session1",
      ...tag("SessionTag1", "SessionValue1"),
      "TransitiveTagKeys.member.1": "SessionTag1",
    });
    const chained = { RoleArn: second, RoleSessionName: "Session2" };
    const override = async (label: string, key: string): Promise<void> => {
      await assume(t, label, { ...chained, ...tag(key, "SessionValue2") }, session);
    };
    await override("override-transitive-tag-error", "SessionTag1");
    await override("override-transitive-tag-case-ignore-error", "sessiontag1");
  },
};
