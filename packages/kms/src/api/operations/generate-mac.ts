import { createHmac } from "node:crypto";
import { oneOf, required, structure } from "@strongroom/wire";
import { answerDryRun, useKey } from "../../access/use-key.ts";
import { requireCurrent } from "../../crypto/symmetric.ts";
import { MAC_ALGORITHMS, type MacAlgorithm } from "../../keys/key-spec.ts";
import type { KmsKey } from "../../keys/kms-key.ts";
import { defineOperation, type KmsCall } from "../kms-operation.ts";
import { DRY_RUN, GRANT_TOKENS, KEY_ID, PLAINTEXT } from "../shapes.ts";

const INPUT = structure({
  Message: required(PLAINTEXT),
  KeyId: required(KEY_ID),
  MacAlgorithm: required(oneOf(MAC_ALGORITHMS)),
  GrantTokens: GRANT_TOKENS,
  DryRun: DRY_RUN,
});

const HASHES = {
  HMAC_SHA_224: "sha224",
  HMAC_SHA_256: "sha256",
  HMAC_SHA_384: "sha384",
  HMAC_SHA_512: "sha512",
} as const satisfies Record<MacAlgorithm, string>;

export const generateMac = defineOperation("GenerateMac", INPUT, async (input, call) => {
  const algorithm = input.MacAlgorithm;
  const key = await useKey(call, input.KeyId, {
    action: "GenerateMac",
    usage: "GENERATE_VERIFY_MAC",
    algorithm,
    conditions: { macalgorithm: algorithm },
    grantTokens: input.GrantTokens,
  });
  answerDryRun(input.DryRun);
  return { Mac: await macOf(call, key, algorithm, input.Message), MacAlgorithm: algorithm, KeyId: key.arn };
});

export async function macOf(
  call: KmsCall,
  key: KmsKey,
  algorithm: MacAlgorithm,
  message: Buffer,
): Promise<Buffer> {
  const { materials, clock } = call.services;
  const secret = await materials.open(key.set, requireCurrent(key, clock.nowMs()));
  return createHmac(HASHES[algorithm], secret).update(message).digest();
}
