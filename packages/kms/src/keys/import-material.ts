import type { SecretBytes } from "@strongroom/base";
import type { KmsServices } from "../api/kms-services.ts";
import { invalid, KmsError } from "../kms-error.ts";
import type { EXPIRATION_MODELS, KeySetRecord, MaterialRecord } from "./key-record.ts";
import type { KmsKey } from "./kms-key.ts";

export interface ImportChoice {
  readonly importType: "NEW_KEY_MATERIAL" | "EXISTING_KEY_MATERIAL" | undefined;
  /** What the request says the material is. */
  readonly wantedId: string | undefined;
  /** What it is. */
  readonly materialId: string;
  readonly description: string | undefined;
  readonly expirationModel: (typeof EXPIRATION_MODELS)[number];
  readonly validToMs: number | undefined;
}

/** The set with the material imported: as its first, as the same one again, or as one that waits for rotation. */
export async function chooseImport(
  services: KmsServices,
  key: KmsKey,
  choice: ImportChoice,
  material: SecretBytes,
  nowMs: number,
): Promise<KeySetRecord> {
  const { set } = key;
  const isSymmetric = set.spec === "SYMMETRIC_DEFAULT";
  if (!isSymmetric && (choice.importType ?? choice.description ?? choice.wantedId) !== undefined) {
    throw invalid("ImportType, KeyMaterialDescription and KeyMaterialId are for symmetric encryption keys.");
  }
  const isNew = (choice.importType ?? defaultType(set)) === "NEW_KEY_MATERIAL";
  if (isNew && choice.wantedId !== undefined) {
    throw invalid("KeyMaterialId cannot be specified when ImportType is NEW_KEY_MATERIAL.");
  }
  const known = set.materials.find((each) => each.id === choice.materialId);
  if (choice.wantedId !== undefined && choice.wantedId !== choice.materialId) throw incorrectMaterial();
  if (isNew) {
    requireNoPending(key, choice.materialId);
    if (known !== undefined) throw incorrectMaterial();
    return addMaterial(services, key, choice, material, nowMs);
  }
  if (known === undefined) throw incorrectMaterial();
  return replaceMaterial(services, set, known, choice, material);
}

function defaultType(set: KeySetRecord): "NEW_KEY_MATERIAL" | "EXISTING_KEY_MATERIAL" {
  return set.materials.length === 0 ? "NEW_KEY_MATERIAL" : "EXISTING_KEY_MATERIAL";
}

function requireNoPending(key: KmsKey, materialId: string): void {
  const pending = key.set.materials.find((each) => each.state === "PENDING_ROTATION");
  if (pending === undefined) return;
  throw new KmsError(
    "KMSInvalidStateException",
    `New key material (id: ${materialId}) cannot be imported into KMS key ${key.arn}, ` +
      `because another key material (id: ${pending.id}) is pending rotation.`,
  );
}

async function addMaterial(
  services: KmsServices,
  { set }: KmsKey,
  choice: ImportChoice,
  material: SecretBytes,
  nowMs: number,
): Promise<KeySetRecord> {
  const number = Math.max(0, ...set.materials.map((each) => each.number)) + 1;
  const added: MaterialRecord = {
    ...(await services.materials.seal(set.keyId, set.spec, number, material)),
    number,
    createdMs: nowMs,
    state: set.materials.length === 0 ? "CURRENT" : "PENDING_ROTATION",
    rotatedMs: undefined,
    rotationType: undefined,
    expirationModel: choice.expirationModel,
    validToMs: choice.validToMs,
    description: choice.description,
  };
  return { ...set, materials: [...set.materials, added] };
}

async function replaceMaterial(
  services: KmsServices,
  set: KeySetRecord,
  known: MaterialRecord,
  choice: ImportChoice,
  material: SecretBytes,
): Promise<KeySetRecord> {
  const again: MaterialRecord = {
    ...known,
    ...(await services.materials.seal(set.keyId, set.spec, known.number, material)),
    expirationModel: choice.expirationModel,
    validToMs: choice.validToMs,
    description: choice.description ?? known.description,
  };
  return {
    ...set,
    materials: set.materials.map((each) => (each.number === known.number ? again : each)),
    doomedSecrets: doomed(set, [known]),
  };
}

/** The set without the bytes of these materials; their secrets are noted, to be erased next. */
export function withoutBytes(set: KeySetRecord, gone: readonly MaterialRecord[]): KeySetRecord {
  const numbers = new Set(gone.map((each) => each.number));
  return {
    ...set,
    materials: set.materials.map((each) =>
      numbers.has(each.number) ? { ...each, sealed: undefined, secretName: undefined } : each,
    ),
    doomedSecrets: doomed(set, gone),
  };
}

function doomed(set: KeySetRecord, gone: readonly MaterialRecord[]): readonly string[] {
  const names = gone.flatMap(({ secretName }) => (secretName === undefined ? [] : [secretName]));
  return [...(set.doomedSecrets ?? []), ...names];
}

/** Erases the secrets that a change noted, and forgets them. What a crash leaves, maintenance finishes. */
export async function finishDooming(services: KmsServices, key: KmsKey): Promise<void> {
  const names = key.set.doomedSecrets ?? [];
  if (names.length === 0) return;
  services.materials.forget(key.set.keyId);
  await services.materials.eraseSecrets(names);
  await services.keys.update(key.record.region, key.record.keyId, ({ set }) => {
    const left = (set.doomedSecrets ?? []).filter((name) => !names.includes(name));
    return { set: { ...set, doomedSecrets: left.length === 0 ? undefined : left } };
  });
}

function incorrectMaterial(): KmsError {
  return new KmsError(
    "IncorrectKeyMaterialException",
    "The key material in the request is not the key material that was imported into this KMS key before.",
  );
}
