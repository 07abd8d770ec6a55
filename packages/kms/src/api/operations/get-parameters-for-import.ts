import { oneOf, required, structure } from "@strongroom/wire";
import { inspectKey } from "../../access/change-key.ts";
import { NOT_DELETED, requireState } from "../../access/require-state.ts";
import { requireOrigin } from "../../access/rotation-rules.ts";
import { WRAPPING_ALGORITHMS } from "../../crypto/import-wrapping.ts";
import { unsupported } from "../../kms-error.ts";
import { defineOperation } from "../kms-operation.ts";
import { KEY_ID } from "../shapes.ts";

const INPUT = structure({
  KeyId: required(KEY_ID),
  WrappingAlgorithm: required(oneOf(WRAPPING_ALGORITHMS)),
  WrappingKeySpec: required(oneOf(["RSA_2048", "RSA_3072", "RSA_4096", "SM2"])),
});

export const getParametersForImport = defineOperation(
  "GetParametersForImport",
  INPUT,
  async (input, call) => {
    const { WrappingAlgorithm: algorithm, WrappingKeySpec: spec } = input;
    const key = await inspectKey(call, input.KeyId, "GetParametersForImport", {
      conditions: { wrappingalgorithm: algorithm, wrappingkeyspec: spec },
    });
    requireOrigin(key, "EXTERNAL");
    const { clock, importTokens } = call.services;
    const nowMs = clock.nowMs();
    requireState(key, nowMs, NOT_DELETED);
    if (spec === "SM2" || algorithm === "SM2PKE" || algorithm === "RSAES_PKCS1_V1_5") {
      throw unsupported(`Wrapping with ${algorithm} and ${spec} is not supported.`);
    }
    const { token, publicKey, validToMs } = await importTokens.create(key, algorithm, spec, nowMs);
    return {
      KeyId: key.arn,
      ImportToken: token,
      PublicKey: publicKey,
      ParametersValidTo: new Date(validToMs),
    };
  },
);
