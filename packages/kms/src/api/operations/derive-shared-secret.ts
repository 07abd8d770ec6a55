import { createPublicKey, diffieHellman, type KeyObject } from "node:crypto";
import { blob, oneOf, required, structure } from "@strongroom/wire";
import { answerDryRun, useKey } from "../../access/use-key.ts";
import { CURVES } from "../../crypto/generate-material.ts";
import { requireCurrent } from "../../crypto/symmetric.ts";
import { invalid } from "../../kms-error.ts";
import { refuseRecipient } from "../encryption-parameters.ts";
import { defineOperation } from "../kms-operation.ts";
import { DRY_RUN, GRANT_TOKENS, KEY_ID, RECIPIENT } from "../shapes.ts";

const INPUT = structure({
  KeyId: required(KEY_ID),
  KeyAgreementAlgorithm: required(oneOf(["ECDH"])),
  PublicKey: required(blob({ min: 1, max: 8192 })),
  GrantTokens: GRANT_TOKENS,
  DryRun: DRY_RUN,
  Recipient: RECIPIENT,
});

export const deriveSharedSecret = defineOperation("DeriveSharedSecret", INPUT, async (input, call) => {
  refuseRecipient(input.Recipient);
  const algorithm = input.KeyAgreementAlgorithm;
  const key = await useKey(call, input.KeyId, {
    action: "DeriveSharedSecret",
    usage: "KEY_AGREEMENT",
    algorithm,
    conditions: { keyagreementalgorithm: algorithm },
    grantTokens: input.GrantTokens,
  });
  const publicKey = parsePublicKey(input.PublicKey, key.set.spec);
  answerDryRun(input.DryRun);
  const { materials, clock } = call.services;
  const privateKey = await materials.open(key.set, requireCurrent(key, clock.nowMs()));
  return {
    KeyId: key.arn,
    SharedSecret: diffieHellman({ privateKey, publicKey }),
    KeyAgreementAlgorithm: algorithm,
    KeyOrigin: key.set.origin,
  };
});

/** OpenSSL checks that the point lies on its curve; the curve must be the key's own. */
function parsePublicKey(der: Buffer, spec: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: der, format: "der", type: "spki" });
  } catch {
    throw invalid("");
  }
  const curve = new Map<string, string>(Object.entries(CURVES)).get(spec);
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== curve) throw invalid("");
  return key;
}
