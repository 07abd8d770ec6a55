import assert from "node:assert/strict";
import { type ClientWorkbench, runClient } from "../clients/client-workbench.ts";

const READ = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["iam:GetUser", "iam:ListUserPolicies"], Resource: "*" }],
});

/** An administrator makes a user with a key; the user works with it until it is taken away. */
export async function useAwsCli(bench: ClientWorkbench): Promise<void> {
  const aws = async (parameters: readonly string[], as: Readonly<Record<string, string>> = {}) => {
    const printed = await runClient(bench, "aws", ["iam", ...parameters, "--output", "json"], as);
    bench.tally.add("AWS CLI commands");
    return printed === "" ? {} : (JSON.parse(printed) as Record<string, unknown>);
  };
  const user = ["--user-name", "carol"];
  await aws(["create-user", ...user, "--path", "/cli/", "--tags", "Key=team,Value=blue"]);
  await aws(["put-user-policy", ...user, "--policy-name", "read", "--policy-document", READ]);
  const made = await aws(["create-access-key", ...user]);
  const key = fieldsOf(made["AccessKey"]);
  const carol = {
    AWS_ACCESS_KEY_ID: String(key["AccessKeyId"]),
    AWS_SECRET_ACCESS_KEY: String(key["SecretAccessKey"]),
  };
  const self = fieldsOf((await aws(["get-user"], carol))["User"]);
  assert.equal(self["UserName"], "carol");
  assert.deepEqual((await aws(["list-user-policies", ...user], carol))["PolicyNames"], ["read"]);
  await assert.rejects(
    aws(["delete-user", ...user], carol),
    /AccessDenied.*is not authorized to perform: iam:DeleteUser on resource: user carol because no identity-based policy allows the iam:DeleteUser action/s,
  );
  await aws([
    "update-access-key",
    ...user,
    "--access-key-id",
    carol.AWS_ACCESS_KEY_ID,
    "--status",
    "Inactive",
  ]);
  await assert.rejects(aws(["get-user"], carol), /InvalidClientTokenId/);
  await aws(["delete-access-key", ...user, "--access-key-id", carol.AWS_ACCESS_KEY_ID]);
  await aws(["delete-user-policy", ...user, "--policy-name", "read"]);
  await aws(["delete-user", ...user]);
  await assert.rejects(
    aws(["get-user", ...user]),
    /NoSuchEntity.*The user with name carol cannot be found\./s,
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  assert.ok(value !== null && typeof value === "object");
  return { ...value };
}
