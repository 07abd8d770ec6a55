import assert from "node:assert/strict";
import { test } from "node:test";
import { Json11Error } from "@strongroom/wire";
import fc from "fast-check";
import { KmsError } from "../../kms-error.ts";
import { ServiceFixture } from "../../service-fixture.ts";
import { OPERATIONS } from "./index.ts";

/** Slow to run with random input, and tested elsewhere: they make RSA keys. */
const SLOW = new Set([
  "CreateKey",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
  "GetParametersForImport",
]);

const MEMBERS = [
  "KeyId",
  "TargetKeyId",
  "DestinationKeyId",
  "AliasName",
  "Plaintext",
  "CiphertextBlob",
  "Message",
  "Mac",
  "Signature",
  "ImportToken",
  "EncryptedKeyMaterial",
  "EncryptionContext",
  "GrantTokens",
  "GrantToken",
  "GrantId",
  "GranteePrincipal",
  "Operations",
  "Constraints",
  "Tags",
  "TagKeys",
  "Limit",
  "Marker",
  "Policy",
  "Description",
  "SigningAlgorithm",
  "MacAlgorithm",
  "EncryptionAlgorithm",
  "KeySpec",
  "NumberOfBytes",
  "RotationPeriodInDays",
  "PendingWindowInDays",
  "ReplicaRegion",
  "PrimaryRegion",
  "PublicKey",
  "KeyAgreementAlgorithm",
  "RetiringPrincipal",
  "ValidTo",
  "ExpirationModel",
  "DryRun",
];

test("[L-30] [L-33] any input of any operation is answered, or refused by name", async () => {
  const f = new ServiceFixture();
  const ids = [
    (await f.createKey()).arn,
    (await f.createKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" })).id,
    (await f.createKey({ KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" })).id,
    (await f.createKey({ Origin: "EXTERNAL" })).id,
    "alias/aws/s3",
    "alias/none",
    "mrk-00000000000000000000000000000000",
    "arn:aws:kms:us-east-1:999999999999:key/134f2428-cec1-4b25-a1ae-9048164dba47",
  ];
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<unknown>(...ids) },
    { weight: 2, arbitrary: fc.base64String({ maxLength: 300 }) },
    fc.constantFrom<unknown>(
      "ECDSA_SHA_256",
      "HMAC_SHA_256",
      "SYMMETRIC_DEFAULT",
      "AES_256",
      "ECDH",
      ["Decrypt"],
      ["Sign"],
    ),
    fc.constantFrom<unknown>(
      "KEY_MATERIAL_DOES_NOT_EXPIRE",
      "eu-west-1",
      true,
      0,
      7,
      90,
      32,
      -1,
      1e300,
      null,
    ),
    fc.string(),
    fc.array(fc.dictionary(fc.constantFrom("TagKey", "TagValue"), fc.string()), { maxLength: 3 }),
    fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
    fc.jsonValue(),
  );
  const names = OPERATIONS.map((operation) => operation.name).filter((name) => !SLOW.has(name));
  const inputs = fc.dictionary(fc.constantFrom(...MEMBERS), value, { maxKeys: 12 });
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), inputs, fc.constantFrom(...ids), async (name, input, id) => {
      try {
        await f.service.execute(name, { KeyId: id, ...input }, f.root());
        answered += 1;
      } catch (error) {
        assert.ok(error instanceof KmsError || error instanceof Json11Error, `${name}: ${String(error)}`);
        assert.notEqual(error.code, "KMSInternalException", `${name}: ${error.message}`);
      }
    }),
    { numRuns: 1500 },
  );
  assert.ok(answered > 50, `${answered} answers`);
});
