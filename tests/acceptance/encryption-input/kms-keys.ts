import assert from "node:assert/strict";
import { callKms, kmsFields } from "../../harness/kms-client.ts";
import { runStrongroom } from "../../harness/strongroom-process.ts";
import { WireClient } from "../../harness/wire-client.ts";
import type { InputBench } from "./input-bench.ts";

/** Keys in every state and of every kind that objects cannot be put under; ARNs. */
export interface KmsKeys {
  readonly enabled: string;
  readonly disabled: string;
  readonly pendingDeletion: string;
  readonly signing: string;
  readonly signingElliptic: string;
  readonly asymmetric: string;
  readonly mac: string;
  /** Of another account, whose policy lets nobody else in. */
  readonly foreign: string;
}

/** An alias of that account. */
export const FOREIGN_ALIAS = "alias/of-another-account";

const made = new WeakMap<InputBench, Promise<KmsKeys>>();

export function kmsKeysOf(bench: InputBench): Promise<KmsKeys> {
  let keys = made.get(bench);
  if (keys === undefined) {
    keys = makeKeys(bench);
    made.set(bench, keys);
  }
  return keys;
}

async function call(
  client: WireClient,
  operation: string,
  input: object,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await callKms(client, operation, input);
  assert.equal(answer.status, 200, `${operation}: ${answer.body}`);
  return kmsFields(answer);
}

async function makeKey(client: WireClient, input: object = {}): Promise<string> {
  const { KeyMetadata } = await call(client, "CreateKey", input);
  const arn: unknown = Reflect.get(Object(KeyMetadata), "Arn");
  assert.ok(typeof arn === "string");
  return arn;
}

async function makeKeys(bench: InputBench): Promise<KmsKeys> {
  const { client, environment, folder } = bench.server;
  const disabled = await makeKey(client);
  await call(client, "DisableKey", { KeyId: disabled });
  const pendingDeletion = await makeKey(client);
  await call(client, "ScheduleKeyDeletion", { KeyId: pendingDeletion, PendingWindowInDays: 7 });
  const printed = await runStrongroom(["account", "create", "other", "--json", "--data-dir", folder.dataDir]);
  const account: unknown = JSON.parse(printed);
  const field = (name: string): string => String(Reflect.get(Object(account), name));
  const credentials = { accessKeyId: field("accessKeyId"), secretAccessKey: field("secretAccessKey") };
  const other = new WireClient({ ...environment, credentials });
  try {
    const foreign = await makeKey(other);
    await call(other, "CreateAlias", { AliasName: FOREIGN_ALIAS, TargetKeyId: foreign });
    return {
      enabled: await makeKey(client),
      disabled,
      pendingDeletion,
      signing: await makeKey(client, { KeyUsage: "SIGN_VERIFY", KeySpec: "RSA_2048" }),
      signingElliptic: await makeKey(client, { KeyUsage: "SIGN_VERIFY", KeySpec: "ECC_NIST_P256" }),
      asymmetric: await makeKey(client, { KeyUsage: "ENCRYPT_DECRYPT", KeySpec: "RSA_2048" }),
      mac: await makeKey(client, { KeyUsage: "GENERATE_VERIFY_MAC", KeySpec: "HMAC_256" }),
      foreign,
    };
  } finally {
    other.close();
  }
}

/** The id in an ARN. */
export const idOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);
/** The account in an ARN. */
export const accountOf = (arn: string): string => arn.split(":")[4] ?? "";
