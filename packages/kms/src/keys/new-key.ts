import type { KmsServices } from "../api/kms-services.ts";
import type { KeyRecord, KeySetRecord, Origin } from "./key-record.ts";
import type { KeySpec, KeyUsage } from "./key-spec.ts";

interface Identity {
  readonly keyId: string;
  readonly accountId: string;
  readonly region: string;
  readonly nowMs: number;
}

export function newKeyRecord(
  input: Identity & Partial<KeyRecord> & Pick<KeyRecord, "manager" | "description" | "policy">,
): KeyRecord {
  const { keyId, accountId, region, nowMs } = input;
  return {
    region,
    keyId,
    accountId,
    manager: input.manager,
    description: input.description,
    isEnabled: true,
    createdMs: nowMs,
    policy: input.policy,
    boundPolicy: input.boundPolicy ?? input.policy,
    tags: input.tags ?? [],
    aliases: input.aliases ?? [],
    deletionMs: undefined,
    pendingWindowDays: undefined,
    grantCount: 0,
    grantVersion: 0,
  };
}

/** A set with its first material; without one when the material will be imported. */
export async function newKeySet(
  services: KmsServices,
  input: Identity & {
    readonly spec: KeySpec;
    readonly origin: Origin;
    readonly usage?: KeyUsage;
    readonly isMultiRegion?: boolean;
    readonly customKeyStoreId?: string | undefined;
  },
): Promise<KeySetRecord> {
  const { keyId, accountId, region, nowMs, spec, origin } = input;
  const first =
    origin === "AWS_KMS" || origin === "AWS_CLOUDHSM"
      ? [
          {
            ...(await services.materials.create(keyId, spec, 1)),
            number: 1,
            createdMs: nowMs,
            state: "CURRENT" as const,
            rotatedMs: undefined,
            rotationType: undefined,
            expirationModel: undefined,
            validToMs: undefined,
            description: undefined,
          },
        ]
      : [];
  return {
    keyId,
    accountId,
    spec,
    usage: input.usage ?? "ENCRYPT_DECRYPT",
    origin,
    customKeyStoreId: input.customKeyStoreId,
    isMultiRegion: input.isMultiRegion ?? false,
    primaryRegion: region,
    replicaRegions: [],
    rotationPeriodDays: undefined,
    nextRotationMs: undefined,
    onDemandRotations: 0,
    materials: first,
    doomedSecrets: undefined,
  };
}
