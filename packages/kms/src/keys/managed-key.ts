import { managedKeyPolicy } from "../access/default-policies.ts";
import { keyNotFound } from "../access/key-errors.ts";
import type { KmsServices } from "../api/kms-services.ts";
import { keyArn, newKeyId } from "./key-id.ts";
import type { KmsKey } from "./kms-key.ts";
import { newKeyRecord, newKeySet } from "./new-key.ts";

const MS_PER_DAY = 86_400_000;
const YEAR_DAYS = 365;

/** Aliases of AWS-managed keys, and the service that each is for. */
const SERVICES: ReadonlyMap<string, { readonly name: string; readonly description: string }> = new Map([
  [
    "alias/aws/s3",
    {
      name: "s3",
      description: "Default key that protects my S3 objects when no other key is defined",
    },
  ],
]);

export const MANAGED_PREFIX = "alias/aws/";

export function isManagedAlias(aliasName: string): boolean {
  return SERVICES.has(aliasName);
}

export const managedAliases: readonly string[] = [...SERVICES.keys()];

/** The account's AWS-managed key behind such an alias; made at first use, once, whoever asks at the same time. */
export async function ensureManagedKey(
  services: KmsServices,
  accountId: string,
  region: string,
  aliasName: string,
): Promise<KmsKey> {
  const { keys, aliases, records, clock } = services;
  const service = SERVICES.get(aliasName);
  const keyId = await records.retry(async () => {
    const alias = await aliases.find(accountId, region, aliasName);
    if (alias !== null) return { done: alias.targetKeyId };
    const nowMs = clock.nowMs();
    const madeId = newKeyId(false);
    const identity = { keyId: madeId, accountId, region, nowMs };
    const set = await newKeySet(services, { ...identity, spec: "SYMMETRIC_DEFAULT", origin: "AWS_KMS" });
    const record = newKeyRecord({
      ...identity,
      manager: "AWS",
      description: service?.description ?? "",
      policy: managedKeyPolicy(accountId, region, service?.name ?? ""),
      aliases: [aliasName],
    });
    const rotation = { rotationPeriodDays: YEAR_DAYS, nextRotationMs: nowMs + YEAR_DAYS * MS_PER_DAY };
    const isMade = await keys.create(
      record,
      { ...set, ...rotation },
      {
        changes: [
          aliases.changeOf(accountId, region, aliasName, {
            name: aliasName,
            targetKeyId: madeId,
            createdMs: nowMs,
            updatedMs: nowMs,
          }),
        ],
        checks: [aliases.checkOf(accountId, region, aliasName, null)],
      },
    );
    if (isMade) return { done: madeId };
    await services.materials.erase(madeId, set.materials);
    return null;
  });
  const key = await keys.find(region, keyId);
  if (key === null) throw keyNotFound(keyArn(region, accountId, keyId));
  return key;
}
