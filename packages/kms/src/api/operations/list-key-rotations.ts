import { oneOf, required, structure } from "@strongroom/wire";
import { inspectKey } from "../../access/change-key.ts";
import type { MaterialRecord } from "../../keys/key-record.ts";
import { isUsable, type KmsKey } from "../../keys/kms-key.ts";
import { unsupported } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { pageOf, printPage, readPage } from "../markers.ts";
import { KEY_ID, LIMIT, MARKER } from "../shapes.ts";

const INPUT = structure({
  KeyId: required(KEY_ID),
  IncludeKeyMaterial: oneOf(["ALL_KEY_MATERIAL", "ROTATIONS_ONLY"]),
  Limit: LIMIT,
  Marker: MARKER,
});

export const listKeyRotations = defineOperation("ListKeyRotations", INPUT, async (input, call) => {
  const key = await inspectKey(call, input.KeyId, "ListKeyRotations");
  if (key.set.spec !== "SYMMETRIC_DEFAULT") throw unsupported("");
  const isAll = input.IncludeKeyMaterial === "ALL_KEY_MATERIAL";
  const list = ["rotations", key.arn, String(isAll)];
  const page = readPage(call, list, input, { standard: 100, max: 1000 });
  const nameOf = (material: MaterialRecord): string => String(material.number);
  const listed = key.set.materials.filter((material) => isAll || material.rotatedMs !== undefined);
  const { shown, ...rest } = printPage(call, list, page, pageOf(page, listed, nameOf), nameOf);
  const nowMs = call.services.clock.nowMs();
  return { Rotations: shown.map((material) => printRotation(key, material, nowMs)), ...rest };
});

function printRotation(key: KmsKey, material: MaterialRecord, nowMs: number) {
  const isImported = key.set.origin === "EXTERNAL";
  const { rotatedMs, validToMs } = material;
  return {
    KeyId: key.arn,
    KeyMaterialId: material.id,
    KeyMaterialDescription: material.description,
    ImportState: isImported ? (isUsable(material, nowMs) ? "IMPORTED" : "PENDING_IMPORT") : undefined,
    KeyMaterialState: material.state,
    ExpirationModel: isImported ? material.expirationModel : undefined,
    ValidTo: validToMs === undefined ? undefined : new Date(validToMs),
    RotationDate: rotatedMs === undefined ? undefined : new Date(rotatedMs),
    RotationType: material.rotationType,
  };
}
