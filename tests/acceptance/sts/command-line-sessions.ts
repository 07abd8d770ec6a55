import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runTool } from "../../harness/tool-lookup.ts";
import type { SessionCredentials, StsWorkbench } from "./sts-workbench.ts";

const SCRIPT = fileURLToPath(new URL("./boto3-sessions.py", import.meta.url));

function variables(bench: StsWorkbench, user: SessionCredentials): Record<string, string> {
  return {
    ...bench.server.environment.variables,
    AWS_ACCESS_KEY_ID: user.accessKeyId,
    AWS_SECRET_ACCESS_KEY: user.secretAccessKey,
  };
}

export async function useBoto3Sessions(
  bench: StsWorkbench,
  user: SessionCredentials,
  roleArn: string,
): Promise<void> {
  const home = join(bench.server.folder.path, "home-boto3");
  mkdirSync(home);
  const environment = variables(bench, user);
  const { stdout } = await runTool("python3", [SCRIPT, roleArn], { environment, home });
  const counts: unknown = JSON.parse(stdout);
  for (const [what, count] of Object.entries(counts ?? {})) bench.tally.add(`boto3 ${what}`, Number(count));
}

/** A profile that names a role: the AWS CLI assumes it by itself. */
export async function useAwsCliProfile(
  bench: StsWorkbench,
  user: SessionCredentials,
  roleArn: string,
): Promise<void> {
  const home = join(bench.server.folder.path, "home-aws");
  mkdirSync(home);
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...environment } = variables(bench, user);
  mkdirSync(join(home, ".aws"));
  const config = [
    "[profile worker]",
    `role_arn = ${roleArn}`,
    "source_profile = alice",
    "role_session_name = cli",
    "s3 =",
    "  signature_version = s3v4",
    "[profile alice]",
    `aws_access_key_id = ${AWS_ACCESS_KEY_ID}`,
    `aws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}`,
  ];
  writeFileSync(join(home, ".aws", "config"), `${config.join("\n")}\n`);
  const aws = async (...parameters: string[]): Promise<string> =>
    (await runTool("aws", ["--profile", "worker", ...parameters], { environment, home })).stdout;
  const identity = await aws("sts", "get-caller-identity", "--query", "Arn", "--output", "text");
  assert.equal(identity.trim(), `arn:aws:sts::${bench.accountId}:assumed-role/worker/cli`);
  const url = await aws("s3", "presign", "s3://vault/reports/a");
  assert.match(url, /X-Amz-Security-Token=/);
  assert.match(await aws("s3", "ls", "s3://vault/reports/"), / a$/m);
  bench.tally.add("AWS CLI profile steps", 3);
}
