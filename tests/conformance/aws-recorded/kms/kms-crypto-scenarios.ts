import { createHash, createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto";
import { bytes, type Fields, type KmsScenario, type KmsScenarios, text } from "./kms-scenario.ts";

const SYMMETRIC = { KeyUsage: "ENCRYPT_DECRYPT", KeySpec: "SYMMETRIC_DEFAULT" };
const ALGORITHM = "SYMMETRIC_DEFAULT";
const MESSAGE = Buffer.from("some bytes that nobody needs to know");
const CONTEXT = { "context-key": "context-value" };

const pair = (parameter: string): readonly [string, string] => {
  const [first = "", second = ""] = parameter.split("-");
  return [first, second];
};

async function refuseWithoutContext(
  t: KmsScenario,
  operation: string,
  input: object,
  blob: string,
): Promise<void> {
  const KeyId = await t.createKeyId();
  const answer = await t.run(operation, { KeyId, ...input, EncryptionContext: CONTEXT });
  await t.match("decrypt-without-encryption-context", "Decrypt", {
    KeyId,
    CiphertextBlob: text(answer, blob),
  });
}

async function macKey(t: KmsScenario, KeySpec: string): Promise<string> {
  return t.createKeyId({ KeySpec, KeyUsage: "GENERATE_VERIFY_MAC" });
}

async function signAndVerify(t: KmsScenario, parameter: string): Promise<void> {
  const [KeySpec, SigningAlgorithm] = pair(parameter);
  const hash = `sha${SigningAlgorithm.slice(-3)}`;
  const Message = MESSAGE;
  const Digest = createHash(hash).update(Message).digest();
  const KeyId = await t.createKeyId({ KeyUsage: "SIGN_VERIFY", KeySpec });
  const with_ = { KeyId, SigningAlgorithm };
  const other = await t.run("Sign", { ...with_, MessageType: "RAW", Message: Buffer.from("bad") });
  const signed = await t.match("signature", "Sign", { ...with_, MessageType: "RAW", Message });
  const raw = { ...with_, MessageType: "RAW", Message, Signature: signed["Signature"] };
  await t.match("verification", "Verify", raw);
  const digested = await t.run("Sign", { ...with_, MessageType: "DIGEST", Message: Digest });
  const asDigest = { ...with_, MessageType: "DIGEST", Signature: digested["Signature"] };
  await t.run("Verify", { ...asDigest, Message: Digest });
  await t.match("bad-digest", "Sign", { ...with_, MessageType: "DIGEST", Message });
  await t.match("bad-signature", "Verify", { ...raw, Signature: other["Signature"] });
  await t.refused("Verify", { ...raw, Message: Buffer.from("bad message") }, "KMSInvalidSignatureException");
  await t.refused("Verify", { ...asDigest, Message: Buffer.from("bad message") }, "ValidationException");
}

async function reEncrypt(t: KmsScenario, parameter: string): Promise<void> {
  const [KeySpec, algorithm] = pair(parameter);
  const [source, destination] = [
    await t.createKeyId({ KeyUsage: "ENCRYPT_DECRYPT", KeySpec }),
    await t.createKeyId({ KeyUsage: "ENCRYPT_DECRYPT", KeySpec }),
  ];
  const { CiphertextBlob } = await t.run("Encrypt", {
    KeyId: source,
    Plaintext: MESSAGE,
    EncryptionAlgorithm: algorithm,
  });
  const answer = await t.match("test_re_encrypt", "ReEncrypt", {
    SourceKeyId: source,
    DestinationKeyId: destination,
    CiphertextBlob,
    SourceEncryptionAlgorithm: algorithm,
    DestinationEncryptionAlgorithm: algorithm,
  });
  const opened = await t.run("Decrypt", {
    KeyId: destination,
    CiphertextBlob: answer["CiphertextBlob"],
    EncryptionAlgorithm: algorithm,
  });
  t.expect(bytes(opened, "Plaintext").equals(MESSAGE), "the destination opens what was re-encrypted");
}

async function deriveWithOwnKey(t: KmsScenario): Promise<void> {
  const KeyId = await t.createKeyId({ KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" });
  const der = bytes(await t.run("GetPublicKey", { KeyId }), "PublicKey");
  const theirs = createPublicKey({ key: der, format: "der", type: "spki" });
  const own = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const PublicKey = own.publicKey.export({ format: "der", type: "spki" });
  const input = { KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey };
  const answer = await t.match("derived-shared-key-resp", "DeriveSharedSecret", input);
  const wanted = diffieHellman({ privateKey: own.privateKey, publicKey: theirs });
  t.expect(bytes(answer, "SharedSecret").equals(wanted), "both sides derive one secret");
}

async function derive(t: KmsScenario): Promise<void> {
  const agreement = { KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" };
  const [first, second] = [await t.createKeyId(agreement), await t.createKeyId(agreement)];
  const publicKeyOf = async (KeyId: string) => (await t.run("GetPublicKey", { KeyId }))["PublicKey"];
  const input = { KeyAgreementAlgorithm: "ECDH", PublicKey: await publicKeyOf(second) };
  const here = await t.match("response", "DeriveSharedSecret", { ...input, KeyId: first });
  const there = await t.run("DeriveSharedSecret", {
    ...input,
    PublicKey: await publicKeyOf(first),
    KeyId: second,
  });
  t.expect(here["SharedSecret"] === there["SharedSecret"], "both sides derive one secret");
  const signing = await t.createKeyId({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  await t.match("response-invalid-key-usage", "DeriveSharedSecret", { ...input, KeyId: signing });
  await t.match("response-invalid-key-spec", "CreateKey", { KeySpec: "RSA_2048", KeyUsage: "KEY_AGREEMENT" });
  const wrong = { ...input, KeyId: first, KeyAgreementAlgorithm: "INVALID" };
  await t.match("response-invalid-key-agreement-algo", "DeriveSharedSecret", wrong);
  await t.match("response-invalid-key", "DeriveSharedSecret", { ...input, KeyId: await t.createKeyId() });
  const malformed = { ...input, KeyId: first, PublicKey: Buffer.from("InvalidPublicKey") };
  await t.match("response-invalid-public-key", "DeriveSharedSecret", malformed);
}

async function wrongUsages(t: KmsScenario): Promise<void> {
  const mac = await macKey(t, "HMAC_224");
  const encryption = await t.createKeyId();
  const signing = await t.createKeyId({ KeyUsage: "SIGN_VERIFY", KeySpec: "RSA_2048" });
  const Message = MESSAGE;
  const macInput = { KeyId: encryption, Message, MacAlgorithm: "HMAC_SHA_224" };
  await t.match("generate-mac-invalid-key-id", "GenerateMac", macInput);
  const signInput = { KeyId: mac, SigningAlgorithm: "RSASSA_PSS_SHA_256", Message };
  await t.match("sign-invalid-key-id", "Sign", signInput);
  const verifyInput = { KeyId: encryption, SigningAlgorithm: "ECDSA_SHA_256", Message, Signature: MESSAGE };
  await t.match("verify-invalid-key-id", "Verify", verifyInput);
  await t.match("encrypt-invalid-key-id", "Encrypt", { KeyId: signing, Plaintext: Message });
  const { CiphertextBlob } = await t.run("Encrypt", { KeyId: encryption, Plaintext: Message });
  await t.match("decrypt-invalid-key-id", "Decrypt", { KeyId: mac, CiphertextBlob });
}

async function useContext(t: KmsScenario): Promise<void> {
  const KeyId = await t.createKeyId();
  const input = { KeyId, EncryptionAlgorithm: ALGORITHM, EncryptionContext: CONTEXT };
  const sealed = await t.match("encrypt_response", "Encrypt", { ...input, Plaintext: MESSAGE });
  const CiphertextBlob = bytes(sealed, "CiphertextBlob");
  await t.match("decrypt_response_with_encryption_context", "Decrypt", { ...input, CiphertextBlob });
  const bare = { KeyId, EncryptionAlgorithm: ALGORITHM, CiphertextBlob };
  await t.match("decrypt_response_without_encryption_context", "Decrypt", bare);
  const cut = { ...input, CiphertextBlob: CiphertextBlob.subarray(20) };
  await t.match("decrypt_response_with_invalid_ciphertext", "Decrypt", cut);
}

async function rotateAndDecrypt(t: KmsScenario): Promise<void> {
  const KeyId = await t.createKeyId(SYMMETRIC);
  const CiphertextBlob = bytes(await t.run("Encrypt", { KeyId, Plaintext: MESSAGE }), "CiphertextBlob");
  await t.run("RotateKeyOnDemand", { KeyId });
  const opened = await t.run("Decrypt", { KeyId, CiphertextBlob });
  t.expect(bytes(opened, "Plaintext").equals(MESSAGE), "a rotated key opens what it sealed before");
  const bad = Buffer.concat([CiphertextBlob, Buffer.from("bad_data")]);
  await t.match("bad-ciphertext", "Decrypt", { KeyId, CiphertextBlob: bad });
}

async function dryRun(t: KmsScenario, operation: string): Promise<void> {
  const input = { KeyId: await t.createKeyId(), KeyPairSpec: "RSA_2048", DryRun: true };
  await t.match("dryrun_exception", operation, input);
}

async function dataKey(t: KmsScenario, label: string, operation: string, input: object): Promise<Fields> {
  return t.match(label, operation, { KeyId: await t.createKeyId(), ...input });
}

const PAIR = { KeyPairSpec: "RSA_2048" };
const DATA_KEY = { KeySpec: "AES_256" };

/** What keys do. */
export const KMS_CRYPTO_SCENARIOS: KmsScenarios = {
  "TestKMS::test_generate_random_invalid_number_of_bytes": async (t, parameter) => {
    const NumberOfBytes = parameter === "None" ? null : Number(parameter);
    await t.match("generate-random-exc", "GenerateRandom", { NumberOfBytes });
  },
  "TestKMS::test_generate_random": async (t, parameter) => {
    const answer = await t.run("GenerateRandom", { NumberOfBytes: Number(parameter) });
    t.check("result_length", bytes(answer, "Plaintext").length);
  },
  "TestKMS::test_encrypt_validate_plaintext_size_per_key_type": async (t, parameter) => {
    const [KeySpec, EncryptionAlgorithm] = pair(parameter);
    const KeyId = await t.createKeyId({ KeyUsage: "ENCRYPT_DECRYPT", KeySpec });
    const input = { KeyId, EncryptionAlgorithm, Plaintext: Buffer.alloc(1000, 7) };
    await t.match("generate-random-exc", "Encrypt", input);
  },
  "TestKMS::test_plaintext_size_for_encrypt": async (t) => {
    const input = { KeyId: await t.createKeyId(), Plaintext: Buffer.alloc(4097) };
    await t.match("invalid-plaintext-size-encrypt", "Encrypt", input);
  },
  "TestKMS::test_sign_verify": signAndVerify,
  "TestKMS::test_generate_and_verify_mac": async (t, parameter) => {
    const [spec, MacAlgorithm] = pair(parameter);
    const KeyId = await macKey(t, spec);
    const input = { Message: MESSAGE, MacAlgorithm };
    const { Mac } = await t.match("generate-mac", "GenerateMac", { ...input, KeyId });
    await t.match("verify-mac", "VerifyMac", { ...input, KeyId, Mac });
    await t.match("generate-mac-invalid-key-id", "GenerateMac", { ...input, KeyId: "key_id" });
    await t.match("verify-mac-invalid-key-id", "VerifyMac", { ...input, KeyId: "key_id", Mac });
  },
  "TestKMS::test_invalid_generate_mac": async (t, parameter) => {
    const [spec, MacAlgorithm] = pair(parameter);
    await t.match("generate-mac", "GenerateMac", {
      KeyId: await macKey(t, spec),
      Message: MESSAGE,
      MacAlgorithm,
    });
  },
  "TestKMS::test_invalid_verify_mac": async (t, parameter) => {
    const [spec = "", MacAlgorithm = "", message = ""] = parameter.split("-");
    const KeyId = await macKey(t, spec);
    const Message = Buffer.from("some important message");
    const { Mac } = await t.match("generate-mac", "GenerateMac", {
      KeyId,
      Message,
      MacAlgorithm: "HMAC_SHA_256",
    });
    await t.match("verify-mac", "VerifyMac", { KeyId, Message: Buffer.from(message), MacAlgorithm, Mac });
  },
  "TestKMS::test_error_messaging_for_invalid_keys": wrongUsages,
  "TestKMS::test_encrypt_decrypt_encryption_context": useContext,
  "TestKMS::test_key_rotations_encryption_decryption": rotateAndDecrypt,
  "TestKMS::test_rotate_key_on_demand_modifies_key_material": async (t) => {
    await t.match("rotate-on-demand-response", "RotateKeyOnDemand", {
      KeyId: await t.createKeyId(SYMMETRIC),
    });
  },
  "TestKMS::test_re_encrypt": reEncrypt,
  "TestKMS::test_re_encrypt_incorrect_source_key": async (t) => {
    const { CiphertextBlob } = await t.run("Encrypt", { KeyId: await t.createKeyId(), Plaintext: MESSAGE });
    const wrong = await macKey(t, "HMAC_224");
    const input = { SourceKeyId: wrong, DestinationKeyId: wrong, CiphertextBlob };
    await t.match("incorrect-source-key", "ReEncrypt", input);
  },
  "TestKMS::test_derive_shared_secret": derive,
  "TestKMS::test_derive_shared_secret_matches_openssl": deriveWithOwnKey,
  "TestKMSGenerateKeys::test_generate_data_key_pair_without_plaintext": async (t) => {
    const label = "generate-data-key-pair-without-plaintext";
    await dataKey(t, label, "GenerateDataKeyPairWithoutPlaintext", PAIR);
  },
  "TestKMSGenerateKeys::test_generate_data_key_pair": async (t) => {
    const made = await dataKey(t, "generate-data-key-pair", "GenerateDataKeyPair", PAIR);
    const opened = await t.run("Decrypt", { CiphertextBlob: made["PrivateKeyCiphertextBlob"] });
    t.expect(opened["Plaintext"] === made["PrivateKeyPlaintext"], "the wrapped private key is the plain one");
  },
  "TestKMSGenerateKeys::test_generate_data_key": async (t) => {
    const made = await dataKey(t, "generate-data-key-result", "GenerateDataKey", DATA_KEY);
    const opened = await t.run("Decrypt", { CiphertextBlob: made["CiphertextBlob"] });
    t.expect(opened["Plaintext"] === made["Plaintext"], "the wrapped data key is the plain one");
  },
  "TestKMSGenerateKeys::test_generate_data_key_without_plaintext": async (t) => {
    await dataKey(t, "generate-data-key-without-plaintext", "GenerateDataKeyWithoutPlaintext", DATA_KEY);
  },
  "TestKMSGenerateKeys::test_encryption_context_generate_data_key": (t) =>
    refuseWithoutContext(t, "GenerateDataKey", DATA_KEY, "CiphertextBlob"),
  "TestKMSGenerateKeys::test_encryption_context_generate_data_key_without_plaintext": (t) =>
    refuseWithoutContext(t, "GenerateDataKeyWithoutPlaintext", DATA_KEY, "CiphertextBlob"),
  "TestKMSGenerateKeys::test_encryption_context_generate_data_key_pair": (t) =>
    refuseWithoutContext(t, "GenerateDataKeyPair", PAIR, "PrivateKeyCiphertextBlob"),
  "TestKMSGenerateKeys::test_encryption_context_generate_data_key_pair_without_plaintext": (t) =>
    refuseWithoutContext(t, "GenerateDataKeyPairWithoutPlaintext", PAIR, "PrivateKeyCiphertextBlob"),
  "TestKMSGenerateKeys::test_generate_data_key_pair_dry_run": (t) => dryRun(t, "GenerateDataKeyPair"),
  "TestKMSGenerateKeys::test_generate_data_key_pair_without_plaintext_dry_run": (t) =>
    dryRun(t, "GenerateDataKeyPairWithoutPlaintext"),
};
