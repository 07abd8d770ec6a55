import { required, structure } from "@strongroom/wire";
import { changeKey } from "../../access/change-key.ts";
import { requireOrigin } from "../../access/rotation-rules.ts";
import { finishDooming, withoutBytes } from "../../keys/import-material.ts";
import { currentMaterial } from "../../keys/kms-key.ts";
import { KmsError } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ID, MATERIAL_ID } from "../shapes.ts";

const INPUT = structure({ KeyId: required(KEY_ID), KeyMaterialId: MATERIAL_ID });

export const deleteImportedKeyMaterial = defineOperation(
  "DeleteImportedKeyMaterial",
  INPUT,
  async (input, call) => {
    let materialId: string | undefined;
    const key = await changeKey(
      call,
      {
        keyId: input.KeyId,
        action: "DeleteImportedKeyMaterial",
        states: null,
        check: (found) => requireOrigin(found, "EXTERNAL"),
      },
      ({ set }) => {
        const wanted = input.KeyMaterialId;
        const material =
          wanted === undefined ? currentMaterial(set) : set.materials.find((each) => each.id === wanted);
        if (material === undefined) {
          throw new KmsError("NotFoundException", `Key material ${wanted} does not exist`);
        }
        materialId = material?.id;
        return material === null || material.sealed === undefined
          ? null
          : { set: withoutBytes(set, [material]) };
      },
    );
    await finishDooming(call.services, key);
    const isSymmetric = key.set.spec === "SYMMETRIC_DEFAULT";
    return { KeyId: key.arn, KeyMaterialId: isSymmetric ? materialId : undefined };
  },
);
