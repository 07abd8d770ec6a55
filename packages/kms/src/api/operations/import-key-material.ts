import { oneOf, type ParsedAs, required, structure, text, timestamp } from "@strongroom/wire";
import { changeKey } from "../../access/change-key.ts";
import { NOT_DELETED } from "../../access/require-state.ts";
import { requireOrigin } from "../../access/rotation-rules.ts";
import { canonicalMaterial, unwrapMaterial } from "../../crypto/import-wrapping.ts";
import { chooseImport, finishDooming, type ImportChoice } from "../../keys/import-material.ts";
import { EXPIRATION_MODELS } from "../../keys/key-record.ts";
import { MS_PER_DAY } from "../../keys/periods.ts";
import { abandonMaterials } from "../../keys/rotate-key.ts";
import { materialIdOf } from "../../keys/service-keys.ts";
import { invalid, KmsError } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { CIPHERTEXT, KEY_ID, MATERIAL_ID } from "../shapes.ts";

const INPUT = structure({
  KeyId: required(KEY_ID),
  ImportToken: required(CIPHERTEXT),
  EncryptedKeyMaterial: required(CIPHERTEXT),
  ValidTo: timestamp(),
  ExpirationModel: oneOf(EXPIRATION_MODELS),
  ImportType: oneOf(["NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"]),
  KeyMaterialDescription: text({ max: 256, pattern: /^[a-zA-Z0-9:/_\s.-]*$/ }),
  KeyMaterialId: MATERIAL_ID,
});
type Input = ParsedAs<typeof INPUT>;

const MAX_VALID_DAYS = 365;

export const importKeyMaterial = defineOperation("ImportKeyMaterial", INPUT, async (input, call) => {
  const { services } = call;
  const { importTokens, materials, clock } = services;
  const expiry = readExpiry(input, clock.nowMs());
  let materialId = "";
  const key = await changeKey(
    call,
    {
      keyId: input.KeyId,
      action: "ImportKeyMaterial",
      states: NOT_DELETED,
      conditions: {
        expirationmodel: expiry.expirationModel,
        validto: expiry.validToMs === undefined ? undefined : new Date(expiry.validToMs).toISOString(),
      },
      check: (found) => requireOrigin(found, "EXTERNAL"),
    },
    async (fresh, nowMs) => {
      const { privateKey, algorithm } = await importTokens.open(fresh, input.ImportToken, nowMs);
      const unwrapped = unwrapMaterial(privateKey, algorithm, input.EncryptedKeyMaterial);
      using material = canonicalMaterial(fresh.set.spec, unwrapped);
      if (material === null) {
        unwrapped.wipe();
        throw new KmsError(
          "IncorrectKeyMaterialException",
          `The key material is not one of the key spec ${fresh.set.spec}.`,
        );
      }
      materialId = materialIdOf(materials.keys, fresh.set.keyId, material);
      const choice: ImportChoice = {
        importType: input.ImportType,
        wantedId: input.KeyMaterialId,
        materialId,
        description: input.KeyMaterialDescription,
        ...expiry,
      };
      const set = await chooseImport(services, fresh, choice, material, nowMs);
      return { set, abandon: () => abandonMaterials(services, fresh.set, set) };
    },
  );
  await finishDooming(services, key);
  const isSymmetric = key.set.spec === "SYMMETRIC_DEFAULT";
  return { KeyId: key.arn, KeyMaterialId: isSymmetric ? materialId : undefined };
});

function readExpiry(input: Input, nowMs: number) {
  const expirationModel = input.ExpirationModel ?? "KEY_MATERIAL_EXPIRES";
  const validToMs = input.ValidTo;
  if (expirationModel === "KEY_MATERIAL_DOES_NOT_EXPIRE") {
    if (validToMs !== undefined) {
      throw invalid("A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE");
    }
    return { expirationModel, validToMs } as const;
  }
  if (validToMs === undefined) {
    throw invalid("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
  }
  if (validToMs <= nowMs || validToMs > nowMs + MAX_VALID_DAYS * MS_PER_DAY) {
    throw invalid(`The validTo date must lie in the next ${MAX_VALID_DAYS} days.`);
  }
  return { expirationModel, validToMs } as const;
}
