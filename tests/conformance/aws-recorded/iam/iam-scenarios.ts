import { field, type IamReplay, type IamScenario } from "./iam-scenario.ts";

const EXTENSIONS = "test_iam.py::TestIAMExtensions::";
const INTEGRATIONS = "test_iam.py::TestIAMIntegrations::";
const ENCODING = "test_iam.py::TestIAMPolicyEncoding::";
const QUOTED_ARN = "arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Faaeeieije";

/** As the recording client printed JSON: with spaces, which positions in policies count. */
function policy(statement: object): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statement }, null, 1)
    .replaceAll(/\n */g, " ")
    .replaceAll(/([{[]) /g, "$1")
    .replaceAll(/ ([}\]])/g, "$1");
}

const trust = (Service: string | readonly string[], more: object = {}): string =>
  policy([{ Action: "sts:AssumeRole", Principal: { Service }, Effect: "Allow", ...more }]);

const apiGatewayPolicy = policy([
  {
    Effect: "Allow",
    Action: ["apigatway:PUT"],
    Resource: [`arn:aws:apigateway:us-east-1::/tags/${QUOTED_ARN}`],
  },
]);

async function attachPolicy(t: IamScenario, kind: "User" | "Role"): Promise<void> {
  const holder = { [`${kind}Name`]: t.newName("role") };
  await t.call(`Create${kind}`, {
    ...holder,
    ...(kind === "Role" ? { AssumeRolePolicyDocument: trust("ec2.amazonaws.com") } : {}),
  });
  const PolicyName = t.newName("policy");
  const PolicyDocument = policy([{ Effect: "Allow", Action: ["lambda:ListFunctions"], Resource: ["*"] }]);
  const made = await t.match("create_policy_response", "CreatePolicy", { PolicyName, PolicyDocument });
  const arn = field(made, "Policy", "Arn");
  const attach = (label: string, PolicyArn: string) =>
    t.match(label, `Attach${kind}Policy`, { ...holder, PolicyArn });
  await attach("non_existent_malformed_policy_arn", "longpolicynamebutnoarn");
  await attach("existing_policy_name_provided", PolicyName);
  await attach("valid_arn_not_existent", `${arn}123`);
  await attach("valid_policy_arn", arn);
}

async function roleWithPath(t: IamScenario, labels: readonly [string, string, string]): Promise<void> {
  const RoleName = t.newName("role");
  const Path = `/${t.newName("path")}/`;
  await t.match(labels[0], "CreateRole", {
    RoleName,
    Path,
    AssumeRolePolicyDocument: trust("ec2.amazonaws.com"),
  });
  if (labels[1] !== "") await t.match(labels[1], "GetRole", { RoleName });
  await t.match(labels[2], "ListRoles", { PathPrefix: Path });
}

async function simulate(t: IamScenario, kind: string): Promise<void> {
  const PolicyDocument = policy({ Sid: "", Effect: "Allow", Action: "s3:PutObject", Resource: "*" });
  const made = await t.call("CreatePolicy", { PolicyName: t.newName("policy"), PolicyDocument });
  const Kind = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  const holder = { [`${Kind}Name`]: t.newName(kind) };
  const settings = kind === "role" ? { AssumeRolePolicyDocument: trust("apigateway.amazonaws.com") } : {};
  const created = await t.call(`Create${Kind}`, { ...holder, ...settings });
  await t.call(`Attach${Kind}Policy`, { ...holder, PolicyArn: field(made, "Policy", "Arn") });
  await t.match("response", "SimulatePrincipalPolicy", {
    PolicySourceArn: field(created, Kind, "Arn"),
    ActionNames: ["s3:PutObject", "s3:GetObjectVersion"],
    ResourceArns: ["arn:aws:s3:::bucket"],
  });
}

async function roleEncoding(t: IamScenario): Promise<void> {
  const RoleName = t.newName("role");
  const PolicyName = t.newName("policy");
  const Path = `/${t.newName("path")}/`;
  t.bind("<path:1>", Path);
  t.bind("<region>", "us-east-1");
  await t.match("create-role-response", "CreateRole", {
    RoleName,
    Path,
    AssumeRolePolicyDocument: trust("lambda.amazonaws.com", {
      Condition: { StringEquals: { "aws:SourceArn": QUOTED_ARN } },
    }),
  });
  await t.call("PutRolePolicy", { RoleName, PolicyName, PolicyDocument: apiGatewayPolicy });
  await t.match("get-policy-response", "GetRolePolicy", { RoleName, PolicyName });
  await t.match("get-role-response", "GetRole", { RoleName });
  await t.match("list-roles-response", "ListRoles", { PathPrefix: Path });
}

async function inlineEncoding(t: IamScenario, kind: "User" | "Group"): Promise<void> {
  const holder = { [`${kind}Name`]: t.newName(kind.toLowerCase()) };
  const PolicyName = t.newName("policy");
  await t.call(`Create${kind}`, holder);
  await t.call(`Put${kind}Policy`, { ...holder, PolicyName, PolicyDocument: apiGatewayPolicy });
  await t.match("get-policy-response", `Get${kind}Policy`, { ...holder, PolicyName });
}

async function updateTrust(t: IamScenario): Promise<void> {
  const RoleName = t.newName("role");
  const AssumeRolePolicyDocument = policy([
    { Effect: "Allow", Principal: { Service: ["ec2.amazonaws.com"] }, Action: ["sts:AssumeRole"] },
  ]);
  await t.match("created_role", "CreateRole", { RoleName, AssumeRolePolicyDocument });
  await t.match("updated_policy", "UpdateAssumeRolePolicy", {
    RoleName,
    PolicyDocument: AssumeRolePolicyDocument,
  });
}

async function roleWithTags(t: IamScenario): Promise<void> {
  const RoleName = t.newName("role");
  const Path = "/role-with-tags/";
  await t.match("create-role-response", "CreateRole", {
    RoleName,
    Path,
    AssumeRolePolicyDocument: trust("ec2.amazonaws.com"),
    Tags: [{ Key: "test", Value: "value" }],
  });
  await t.match("get-role-response", "GetRole", { RoleName });
  await t.match("list-role-response", "ListRoles", { PathPrefix: Path });
}

async function pathLifecycle(t: IamScenario): Promise<void> {
  const RoleName = t.newName("role");
  const role = { RoleName, Path: `/${t.newName("path")}/` };
  t.bind("<path>", role.Path);
  await t.match("create-role-response", "CreateRole", {
    ...role,
    AssumeRolePolicyDocument: trust("lambda.amazonaws.com"),
  });
  await t.match("get-role-response", "GetRole", { RoleName });
  await t.match("delete-role-response", "DeleteRole", { RoleName });
}

/** A comma too many. */
const MALFORMED_TRUST = `{"Version": "2012-10-17", "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow",}]}`;

/** Every recorded test of IAM that concerns what this server offers, by its name without the parameter. */
export const IAM_SCENARIOS: Readonly<Record<string, IamReplay>> = {
  [`${EXTENSIONS}test_create_role_with_malformed_assume_role_policy_document`]: async (t) => {
    const RoleName = t.newName("role");
    await t.match("invalid-json", "CreateRole", { RoleName, AssumeRolePolicyDocument: MALFORMED_TRUST });
  },
  [`${EXTENSIONS}test_role_with_path_lifecycle`]: pathLifecycle,
  [`${INTEGRATIONS}test_update_assume_role_policy`]: updateTrust,
  [`${INTEGRATIONS}test_list_roles_with_permission_boundary`]: (t) =>
    roleWithPath(t, ["created_role", "", "list_roles_result"]),
  [`${INTEGRATIONS}test_create_describe_role`]: (t) =>
    roleWithPath(t, ["create_role_result", "get_role_result", "list_roles_result"]),
  [`${INTEGRATIONS}test_role_attach_policy`]: (t) => attachPolicy(t, "Role"),
  [`${INTEGRATIONS}test_user_attach_policy`]: (t) => attachPolicy(t, "User"),
  [`${INTEGRATIONS}test_delete_non_existent_policy_returns_no_such_entity`]: async (t) => {
    const accountId = field(await t.call("GetUser"), "User", "UserId");
    await t.match("delete-non-existent-policy-exc", "DeletePolicy", {
      PolicyArn: `arn:aws:iam::${accountId}:policy/non-existent-policy`,
    });
  },
  [`${INTEGRATIONS}test_simulate_principle_policy`]: simulate,
  [`${ENCODING}test_put_user_policy_encoding`]: (t) => inlineEncoding(t, "User"),
  [`${ENCODING}test_put_group_policy_encoding`]: (t) => inlineEncoding(t, "Group"),
  [`${ENCODING}test_put_role_policy_encoding`]: roleEncoding,
  "test_iam.py::TestRoles::test_role_with_tags": roleWithTags,
};

/** Why the other recorded tests are not replayed, by the beginning of their names. */
export const NOT_OFFERED: Readonly<Record<string, string>> = {
  "test_iam.py::TestIAMServiceRoles::":
    "service-linked roles: they let other AWS services act in an account, and none of those services is here",
  "test_iam.py::TestIAMServiceSpecificCredentials::":
    "service-specific credentials: passwords for CodeCommit and Keyspaces, which are not here",
};
