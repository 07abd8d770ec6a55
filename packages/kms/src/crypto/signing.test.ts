import assert from "node:assert/strict";
import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import { test } from "node:test";
import { ed25519ph } from "@noble/curves/ed25519.js";
import type { KeySpec, SigningAlgorithm } from "../keys/key-spec.ts";
import { generateMaterial } from "./generate-material.ts";
import { checkMessage, type MessageType, signMessage, verifyMessage } from "./signing.ts";

const CASES: readonly (readonly [KeySpec, SigningAlgorithm, string | null, readonly MessageType[]])[] = [
  ["RSA_2048", "RSASSA_PSS_SHA_256", "sha256", ["RAW", "DIGEST"]],
  ["RSA_2048", "RSASSA_PSS_SHA_384", "sha384", ["RAW", "DIGEST"]],
  ["RSA_2048", "RSASSA_PSS_SHA_512", "sha512", ["RAW", "DIGEST"]],
  ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", "sha256", ["RAW", "DIGEST"]],
  ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_384", "sha384", ["RAW", "DIGEST"]],
  ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512", "sha512", ["RAW", "DIGEST"]],
  ["ECC_NIST_P256", "ECDSA_SHA_256", "sha256", ["RAW", "DIGEST"]],
  ["ECC_NIST_P384", "ECDSA_SHA_384", "sha384", ["RAW", "DIGEST"]],
  ["ECC_NIST_P521", "ECDSA_SHA_512", "sha512", ["RAW", "DIGEST"]],
  ["ECC_SECG_P256K1", "ECDSA_SHA_256", "sha256", ["RAW", "DIGEST"]],
  ["ECC_NIST_EDWARDS25519", "ED25519_SHA_512", null, ["RAW"]],
  ["ECC_NIST_EDWARDS25519", "ED25519_PH_SHA_512", "sha512", ["DIGEST"]],
  ["ML_DSA_44", "ML_DSA_SHAKE_256", null, ["RAW", "EXTERNAL_MU"]],
  ["ML_DSA_65", "ML_DSA_SHAKE_256", null, ["RAW", "EXTERNAL_MU"]],
  ["ML_DSA_87", "ML_DSA_SHAKE_256", null, ["RAW", "EXTERNAL_MU"]],
];

for (const [spec, algorithm, hash, types] of CASES) {
  test(`[kms.md §1.3] ${spec} ${algorithm}: signs and verifies, and refuses what was changed`, async () => {
    const { secret, publicKey } = await generateMaterial(spec);
    assert.ok(publicKey);
    const privateKey = createPrivateKey({ key: secret.expose(), format: "der", type: "pkcs8" });
    const raw = randomBytes(100);
    for (const messageType of types) {
      const digest =
        messageType === "EXTERNAL_MU"
          ? randomBytes(64)
          : createHash(hash ?? "sha512")
              .update(raw)
              .digest();
      const input = { spec, algorithm, messageType, message: messageType === "RAW" ? raw : digest };
      checkMessage(input);
      const signature = await signMessage(privateKey, input);
      assert.ok(verifyMessage(publicKey, input, signature));
      const changed = Buffer.from(signature);
      changed[10] = (changed[10] ?? 0) ^ 1;
      assert.ok(!verifyMessage(publicKey, input, changed));
      assert.ok(!verifyMessage(publicKey, input, signature.subarray(1)));
      assert.ok(!verifyMessage(publicKey, input, Buffer.alloc(signature.length)));
      const other = { ...input, message: Buffer.from(input.message).fill(1, 0, 1) };
      assert.ok(!verifyMessage(publicKey, other, signature) || other.message.equals(input.message));
    }
    // What was signed as a digest verifies as its message, and the other way round.
    if (types.includes("DIGEST") && types.includes("RAW") && hash !== null) {
      const digest = createHash(hash).update(raw).digest();
      const asRaw = { spec, algorithm, messageType: "RAW", message: raw } as const;
      const asDigest = { spec, algorithm, messageType: "DIGEST", message: digest } as const;
      assert.ok(verifyMessage(publicKey, asRaw, await signMessage(privateKey, asDigest)));
      assert.ok(verifyMessage(publicKey, asDigest, await signMessage(privateKey, asRaw)));
    }
  });
}

test("[kms.md §1.4 D] PSS salts are as long as the digest", async () => {
  const { secret, publicKey } = await generateMaterial("RSA_2048");
  const privateKey = createPrivateKey({ key: secret.expose(), format: "der", type: "pkcs8" });
  const key = createPublicKey({ key: publicKey ?? Buffer.alloc(0), format: "der", type: "spki" });
  const message = Buffer.from("m");
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  for (const messageType of ["RAW", "DIGEST"] as const) {
    const content = messageType === "RAW" ? message : createHash("sha256").update(message).digest();
    const input = {
      spec: "RSA_2048",
      algorithm: "RSASSA_PSS_SHA_256",
      messageType,
      message: content,
    } as const;
    assert.ok(verify("sha256", message, { key, ...pss }, await signMessage(privateKey, input)));
    const long = sign("sha256", message, { key: privateKey, ...pss, saltLength: 64 });
    assert.ok(!verifyMessage(publicKey ?? Buffer.alloc(0), input, long));
  }
});

test("[RFC 8032 §7.3] Ed25519ph", () => {
  const secret = Buffer.from("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42", "hex");
  const expected =
    "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41" +
    "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406";
  assert.equal(Buffer.from(ed25519ph.sign(Buffer.from("abc"), secret)).toString("hex"), expected);
});
