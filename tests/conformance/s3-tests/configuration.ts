import { Agent } from "node:https";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import type { ClientEnvironment } from "../../harness/client-environment.ts";
import { runStrongroom } from "../../harness/strongroom-process.ts";

interface Account {
  readonly name: string;
  readonly canonicalUserId: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const ROLES = ["main", "alt", "tenant", "iam", "iam-root", "iam-alt-root"] as const;
type Role = (typeof ROLES)[number];

async function createAccount(name: string, dataDir: string): Promise<Account> {
  const text = await runStrongroom(["account", "create", name, "--json", "--data-dir", dataDir]);
  const parsed: unknown = JSON.parse(text);
  const fields = new Map(Object.entries(parsed !== null && typeof parsed === "object" ? parsed : {}));
  const required = (field: string): string => {
    const value: unknown = fields.get(field);
    if (typeof value !== "string") throw new Error(`account create --json does not print ${field}`);
    return value;
  };
  return {
    name,
    canonicalUserId: required("canonicalUserId"),
    accountId: required("accountId"),
    accessKeyId: required("accessKeyId"),
    secretAccessKey: required("secretAccessKey"),
  };
}

/** Creates the accounts that one shard acts as, one for each role: some tests count all buckets of theirs. */
export async function createAccounts(dataDir: string, shard: number): Promise<ReadonlyMap<Role, Account>> {
  const accounts = new Map<Role, Account>();
  for (const role of ROLES) accounts.set(role, await createAccount(`s3tests-${shard}-${role}`, dataDir));
  return accounts;
}

/** Two keys of the account that the tests mostly act as: they name them by ARN, as S3 tells them. */
export async function createKeys(
  environment: ClientEnvironment,
  accounts: ReadonlyMap<Role, Account>,
): Promise<readonly string[]> {
  const account = accounts.get("main");
  if (account === undefined) throw new Error("no account for main");
  const { accessKeyId, secretAccessKey } = account;
  const client = new KMSClient({
    endpoint: environment.endpoint,
    region: environment.region,
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: { httpsAgent: new Agent({ ca: environment.ca }) },
  });
  const arns: string[] = [];
  for (let count = 0; count < 2; count += 1) {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
    if (KeyMetadata?.Arn === undefined) throw new Error("CreateKey told no ARN");
    arns.push(KeyMetadata.Arn);
  }
  client.destroy();
  return arns;
}

/** The text of the suite's configuration file for one shard. */
export function printConfiguration(
  endpoint: string,
  accounts: ReadonlyMap<Role, Account>,
  bucketPrefix: string,
  keyArns: readonly string[],
  shortDaySeconds: number,
): string {
  const { hostname, port, protocol } = new URL(endpoint);
  const isSecure = protocol === "https:" ? "True" : "False";
  const section = (title: string, role: Role, more: readonly string[] = []): string[] => {
    const account = accounts.get(role);
    if (account === undefined) throw new Error(`no account for ${role}`);
    return [
      `[${title}]`,
      `display_name = ${account.name}`,
      // Of roots the suite wants the id that GetCallerIdentity shows, of others the owner id that S3 shows.
      `user_id = ${role.endsWith("root") ? account.accountId : account.canonicalUserId}`,
      `email = ${account.name}@example.com`,
      `access_key = ${account.accessKeyId}`,
      `secret_key = ${account.secretAccessKey}`,
      ...more,
    ];
  };
  return [
    "[DEFAULT]",
    `host = ${hostname}`,
    `port = ${port}`,
    `is_secure = ${isSecure}`,
    `ssl_verify = ${isSecure}`,
    "[fixtures]",
    `bucket prefix = ${bucketPrefix}-{random}-`,
    ...section("s3 main", "main", [
      "api_name =",
      `kms_keyid = ${keyArns[0]}`,
      `kms_keyid2 = ${keyArns[1]}`,
      `lc_debug_interval = ${shortDaySeconds}`,
    ]),
    ...section("s3 alt", "alt"),
    ...section("s3 tenant", "tenant", ["tenant ="]),
    ...section("iam", "iam"),
    ...section("iam root", "iam-root"),
    ...section("iam alt root", "iam-alt-root"),
    "",
  ].join("\n");
}
