import { createSecretKey, randomBytes } from "node:crypto";
import { ManualClock, MemoryRecordStore } from "@strongroom/base";
import { AccessKeyUses } from "../access-key-uses.ts";
import { AccountStore } from "../account-store.ts";
import { Authorization } from "../authorization.ts";
import { IdentityStore } from "../identities/identity-store.ts";
import { createIamService, type IamResponse } from "./iam-service.ts";
import type { IamCaller } from "./operation.ts";

/** The service over memory, as an account's root or one of its users asks it. */
export async function newIamBench() {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const records = new MemoryRecordStore();
  const sealingKey = createSecretKey(randomBytes(32));
  const identities = new IdentityStore({ records, sealingKey, clock });
  const accounts = new AccountStore({ records, sealingKey, clock });
  const accessKeyUses = new AccessKeyUses({ records, clock, region: "us-east-1" });
  const service = createIamService({
    identities,
    authorization: new Authorization(identities),
    accessKeyUses,
    clock,
  });
  const { account, credential } = await accounts.createAccount("acme");
  const root = await accounts.findCredential(credential.accessKeyId);
  if (root === null) throw new Error("the account has no credential");
  const asRoot: IamCaller = { principal: root.principal, session: null, account };

  const ask = (
    action: string,
    parameters: Readonly<Record<string, string>> = {},
    caller: IamCaller = asRoot,
  ): Promise<IamResponse> =>
    service({
      requestId: "r",
      rawQuery: "",
      body: Buffer.from(
        new URLSearchParams({ Action: action, Version: "2010-05-08", ...parameters }).toString(),
      ),
      caller,
      facts: {
        nowMs: clock.nowMs(),
        region: "us-east-1",
        userAgent: null,
        sourceIp: "127.0.0.1",
        secure: true,
        tlsVersion: "1.3",
      },
    });
  return { ask, accounts, identities, records, clock, accessKeyUses, account, asRoot };
}

/** The text of the first element of this name. */
export function textOf(response: IamResponse, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(response.xml)?.[1];
}
