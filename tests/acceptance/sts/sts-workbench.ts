import assert from "node:assert/strict";
import { Agent } from "node:https";
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import type { Tally } from "../../harness/tally.ts";
import type { TestServer } from "../../harness/test-server.ts";

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

type CredentialsOrProvider = SessionCredentials | (() => Promise<SessionCredentials>);

export const READ_REPORTS = policyText({
  Effect: "Allow",
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::vault/reports/*",
});
export const EVERYTHING_IN_S3 = policyText({ Effect: "Allow", Action: "s3:*", Resource: "*" });

export function policyText(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** Clients of one server, and the identities that the suite makes with them. */
export class StsWorkbench {
  readonly server: TestServer;
  readonly tally: Tally;
  readonly iam: IAMClient;
  readonly settings: {
    readonly endpoint: string;
    readonly region: string;
    readonly maxAttempts: 1;
    readonly requestHandler: { readonly httpsAgent: Agent };
  };
  #accountId: string | null = null;

  constructor(server: TestServer, tally: Tally) {
    this.server = server;
    this.tally = tally;
    const { ca, endpoint, region, credentials } = server.environment;
    const httpsAgent = new Agent({ ca, keepAlive: true });
    this.settings = { endpoint, region, maxAttempts: 1, requestHandler: { httpsAgent } };
    this.iam = new IAMClient({ ...this.settings, credentials });
  }

  close(): void {
    this.settings.requestHandler.httpsAgent.destroy();
  }

  s3(credentials: CredentialsOrProvider): S3Client {
    return new S3Client({ ...this.settings, credentials, forcePathStyle: true });
  }

  sts(credentials: CredentialsOrProvider): STSClient {
    return new STSClient({ ...this.settings, credentials });
  }

  /** A user's long-lived key. */
  async makeUser(UserName: string, policy: string): Promise<SessionCredentials> {
    const { User } = await this.iam.send(new CreateUserCommand({ UserName }));
    this.#accountId = /::(\d{12}):/.exec(User?.Arn ?? "")?.[1] ?? null;
    await this.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "own", PolicyDocument: policy }));
    const { AccessKey } = await this.iam.send(new CreateAccessKeyCommand({ UserName }));
    return {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    };
  }

  get accountId(): string {
    if (this.#accountId === null) throw new Error("make a user first");
    return this.#accountId;
  }

  /** A role that the whole account may assume unless `trust` says otherwise; returns its ARN. */
  async makeRole(RoleName: string, policy: string, trust?: string): Promise<string> {
    const inAccount = policyText({
      Effect: "Allow",
      Principal: { AWS: this.accountId },
      Action: ["sts:AssumeRole", "sts:TagSession"],
    });
    const AssumeRolePolicyDocument = trust ?? inAccount;
    const { Role } = await this.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    await this.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "own", PolicyDocument: policy }));
    return Role?.Arn ?? "";
  }

  async removeRole(RoleName: string): Promise<void> {
    await this.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "own" }));
    await this.iam.send(new DeleteRoleCommand({ RoleName }));
  }
}

/** Asserts that a call is refused with this code, whatever the client makes of it. */
export async function refuses(code: string, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const name = error instanceof Error ? error.name : String(error);
    const sent: unknown = error instanceof Error ? Reflect.get(error, "Code") : undefined;
    assert.ok(name === code || sent === code, `wanted ${code}, got ${String(error)}`);
    return;
  }
  assert.fail(`wanted ${code}, but it was allowed`);
}
