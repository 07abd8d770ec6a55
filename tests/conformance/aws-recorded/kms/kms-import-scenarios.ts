import {
  constants,
  createCipheriv,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import { bytes, type Fields, type KmsScenario, type KmsScenarios, text } from "./kms-scenario.ts";

const EXTERNAL = { Origin: "EXTERNAL", KeyUsage: "ENCRYPT_DECRYPT", Description: "test-key" };
const NO_EXPIRY = { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" };
const MESSAGE = Buffer.from("some bytes that nobody needs to know");
const CURVES: Readonly<Record<string, string>> = {
  ECC_NIST_P256: "prime256v1",
  ECC_NIST_P384: "secp384r1",
  ECC_NIST_P521: "secp521r1",
  ECC_SECG_P256K1: "secp256k1",
};

interface Wrapping {
  readonly algorithm: string;
  readonly spec: string;
}
const OAEP_2048: Wrapping = { algorithm: "RSAES_OAEP_SHA_256", spec: "RSA_2048" };
const OAEP_4096: Wrapping = { algorithm: "RSAES_OAEP_SHA_256", spec: "RSA_4096" };
const OAEP_SHA_1: Wrapping = { algorithm: "RSAES_OAEP_SHA_1", spec: "RSA_2048" };
const AES_WRAP: Wrapping = { algorithm: "RSA_AES_KEY_WRAP_SHA_256", spec: "RSA_4096" };

function oaep(parameters: Fields, secret: Buffer, hash: string): Buffer {
  const key = createPublicKey({ key: bytes(parameters, "PublicKey"), format: "der", type: "spki" });
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, secret);
}

async function getParameters(t: KmsScenario, KeyId: string, wrapping: Wrapping): Promise<Fields> {
  const { algorithm: WrappingAlgorithm, spec: WrappingKeySpec } = wrapping;
  return t.run("GetParametersForImport", { KeyId, WrappingAlgorithm, WrappingKeySpec });
}

function wrap(parameters: Fields, material: Buffer, { algorithm }: Wrapping): Buffer {
  const hash = algorithm.endsWith("256") ? "sha256" : "sha1";
  if (!algorithm.startsWith("RSA_AES")) return oaep(parameters, material, hash);
  const aes = randomBytes(32);
  const cipher = createCipheriv("id-aes256-wrap-pad", createSecretKey(aes), Buffer.from("a65959a6", "hex"));
  return Buffer.concat([oaep(parameters, aes, hash), cipher.update(material), cipher.final()]);
}

/** The input of ImportKeyMaterial. */
async function importOf(
  t: KmsScenario,
  KeyId: string,
  material: Buffer = randomBytes(32),
  wrapping: Wrapping = OAEP_2048,
): Promise<object> {
  const parameters = await getParameters(t, KeyId, wrapping);
  const EncryptedKeyMaterial = wrap(parameters, material, wrapping);
  return { KeyId, ImportToken: parameters["ImportToken"], EncryptedKeyMaterial };
}

async function importSymmetric(t: KmsScenario): Promise<void> {
  const key = await t.createKey({ Origin: "EXTERNAL" });
  const KeyId = text(key, "KeyId");
  t.check("created-key", key);
  await t.match("encrypt-before-import-error", "Encrypt", { KeyId, Plaintext: MESSAGE });
  const input = await importOf(t, KeyId);
  await t.match("describe-key-before-import", "DescribeKey", { KeyId });
  await t.match("import-expiring-key-without-valid-to", "ImportKeyMaterial", input);
  await t.run("ImportKeyMaterial", { ...input, ...NO_EXPIRY });
  await t.match("describe-key-after-import", "DescribeKey", { KeyId });
  const { CiphertextBlob } = await t.run("Encrypt", { KeyId, Plaintext: MESSAGE });
  await t.run("Decrypt", { KeyId, CiphertextBlob });
  await t.run("DeleteImportedKeyMaterial", { KeyId });
  await t.match("describe-key-after-deleted-import", "DescribeKey", { KeyId });
  await t.match("encrypt-after-delete-error", "Encrypt", { KeyId, Plaintext: MESSAGE });
}

async function importCurve(t: KmsScenario, spec: string): Promise<void> {
  const KeyId = await t.createKeyId({
    Origin: "EXTERNAL",
    KeySpec: spec,
    KeyUsage: "SIGN_VERIFY",
    Description: "test ecc key import",
  });
  const own = generateKeyPairSync("ec", { namedCurve: CURVES[spec] ?? "" });
  const material = own.privateKey.export({ format: "der", type: "pkcs8" });
  const wrapping = spec === "ECC_NIST_P521" ? OAEP_4096 : OAEP_SHA_1;
  const input = await importOf(t, KeyId, material, wrapping);
  await t.match("describe-key-before-import", "DescribeKey", { KeyId });
  await t.run("ImportKeyMaterial", { ...input, ...NO_EXPIRY });
  await t.match("describe-key-after-import", "DescribeKey", { KeyId });
  const { PublicKey } = await t.run("GetPublicKey", { KeyId });
  const wanted = own.publicKey.export({ format: "der", type: "spki" }).toString("base64");
  t.expect(PublicKey === wanted, "GetPublicKey gives the public half of what was imported");
  const hash = { ECC_NIST_P384: "384", ECC_NIST_P521: "512" }[spec] ?? "256";
  const signing = { KeyId, Message: MESSAGE, SigningAlgorithm: `ECDSA_SHA_${hash}` };
  const { Signature } = await t.match("sign-result", "Sign", signing);
  await t.match("verify-result", "Verify", { ...signing, Signature });
  await t.run("DeleteImportedKeyMaterial", { KeyId });
  await t.match("describe-key-after-deleted-import", "DescribeKey", { KeyId });
}

async function importPrivateKey(t: KmsScenario): Promise<void> {
  const key = await t.createKey({
    Origin: "EXTERNAL",
    KeySpec: "ECC_NIST_P256",
    KeyUsage: "SIGN_VERIFY",
  });
  const KeyId = text(key, "KeyId");
  t.check("created-key", key);
  const own = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const input = await importOf(t, KeyId, own.privateKey.export({ format: "der", type: "pkcs8" }));
  await t.match("describe-key-before-import", "DescribeKey", { KeyId });
  await t.run("ImportKeyMaterial", { ...input, ...NO_EXPIRY });
  await t.match("describe-key-after-import", "DescribeKey", { KeyId });
  await t.run("DeleteImportedKeyMaterial", { KeyId });
  await t.match("describe-key-after-deleted-import", "DescribeKey", { KeyId });
}

async function importHmac(t: KmsScenario, spec: string): Promise<void> {
  const bits = Number(spec.slice(-3));
  const sizeBytes = bits / 8;
  const KeyId = await t.createKeyId({
    Origin: "EXTERNAL",
    KeySpec: spec,
    KeyUsage: "GENERATE_VERIFY_MAC",
    Description: "test import hmac key",
  });
  const input = await importOf(t, KeyId, randomBytes(sizeBytes), OAEP_4096);
  await t.match("describe-key-before-import", "DescribeKey", { KeyId });
  await t.run("ImportKeyMaterial", { ...input, ...NO_EXPIRY });
  await t.match("describe-key-after-import", "DescribeKey", { KeyId });
  const mac = { KeyId, Message: MESSAGE, MacAlgorithm: `HMAC_SHA_${bits}` };
  const { Mac } = await t.match("generate-mac-response", "GenerateMac", mac);
  await t.match("verify-mac-response", "VerifyMac", { ...mac, Mac });
  await t.run("DeleteImportedKeyMaterial", { KeyId });
  await t.match("describe-key-after-deleted-import", "DescribeKey", { KeyId });
}

async function importRsa(t: KmsScenario): Promise<void> {
  const KeyId = await t.createKeyId({ ...EXTERNAL, KeySpec: "RSA_4096" });
  const own = generateKeyPairSync("rsa", { modulusLength: 4096 });
  const material = own.privateKey.export({ format: "der", type: "pkcs8" });
  const input = await importOf(t, KeyId, material, AES_WRAP);
  await t.match("describe-before-import", "DescribeKey", { KeyId });
  await t.run("ImportKeyMaterial", { ...input, ...NO_EXPIRY });
  await t.match("import-key-material-response", "DescribeKey", { KeyId });
  await t.run("DeleteImportedKeyMaterial", { KeyId });
  await t.match("describe-key-after-deleted-import", "DescribeKey", { KeyId });
}

async function rotateImported(t: KmsScenario): Promise<void> {
  const key = await t.createKey(EXTERNAL);
  const KeyId = text(key, "KeyId");
  t.check("create-kms-external-key", key);
  const parameters = await t.match("get-import-parameters-response", "GetParametersForImport", {
    KeyId,
    WrappingAlgorithm: OAEP_2048.algorithm,
    WrappingKeySpec: OAEP_2048.spec,
  });
  await t.match("describe-empty-key-response", "DescribeKey", { KeyId });
  const EncryptedKeyMaterial = wrap(parameters, randomBytes(32), OAEP_2048);
  const input = { KeyId, ImportToken: parameters["ImportToken"], EncryptedKeyMaterial, ...NO_EXPIRY };
  await t.match("import-key-material-response", "ImportKeyMaterial", input);
  await t.match("describe-key-with-material-response", "DescribeKey", { KeyId });
  const message = { KeyId, Plaintext: MESSAGE };
  await t.match("kms-encrypt-initial-response", "Encrypt", message);
  const renewed = { ...(await importOf(t, KeyId)), ...NO_EXPIRY, ImportType: "NEW_KEY_MATERIAL" };
  await t.match("import-new-key-material-response", "ImportKeyMaterial", renewed);
  await t.match("describe-key-with-new-material-response", "DescribeKey", { KeyId });
  await t.match("rotate-key-on-demand-response", "RotateKeyOnDemand", { KeyId });
  await t.match("describe-key-after-rotation", "DescribeKey", { KeyId });
  await t.match("kms-encrypt-rotated-key-response", "Encrypt", message);
}

async function openWithFormer(t: KmsScenario): Promise<void> {
  const key = await t.createKey(EXTERNAL);
  const KeyId = text(key, "KeyId");
  t.check("create-kms-external-key", key);
  const first = { ...(await importOf(t, KeyId)), ...NO_EXPIRY };
  await t.match("import-key-material-response", "ImportKeyMaterial", first);
  const sealed = await t.match("kms-encrypt-initial-response", "Encrypt", { KeyId, Plaintext: MESSAGE });
  const second = { ...(await importOf(t, KeyId)), ...NO_EXPIRY, ImportType: "NEW_KEY_MATERIAL" };
  await t.run("ImportKeyMaterial", second);
  await t.match("rotate-key-on-demand-response", "RotateKeyOnDemand", { KeyId });
  const opened = await t.run("Decrypt", { KeyId, CiphertextBlob: sealed["CiphertextBlob"] });
  t.expect(bytes(opened, "Plaintext").equals(MESSAGE), "the former material opens what it sealed");
}

/** Keys whose material comes from outside. */
export const KMS_IMPORT_SCENARIOS: KmsScenarios = {
  "TestKMS::test_import_key_symmetric": importSymmetric,
  "TestKMS::test_import_key_asymmetric": importPrivateKey,
  "TestKMS::test_import_key_ecc_keys": importCurve,
  "TestKMS::test_import_key_hmac_keys": importHmac,
  "TestKMS::test_import_key_rsa_aes_wrap_sha256": importRsa,
  "TestKMS::test_get_parameters_for_import": async (t) => {
    const input = { WrappingAlgorithm: OAEP_4096.algorithm, WrappingKeySpec: OAEP_4096.spec };
    await t.match("response-error", "GetParametersForImport", { KeyId: await t.createKeyId(), ...input });
  },
  "TestKMS::test_get_parameters_for_import_raises_for_non_external_kms_keys": async (t) => {
    const input = { WrappingAlgorithm: OAEP_2048.algorithm, WrappingKeySpec: OAEP_2048.spec };
    const KeyId = await t.createKeyId();
    await t.match("get-import-parameters-error", "GetParametersForImport", { KeyId, ...input });
  },
  "TestKMS::test_rotate_key_on_demand_on_external_key_with_no_key_material": async (t, parameter) => {
    const key = await t.createKey(EXTERNAL);
    t.check("create-kms-external-key", key);
    const label = `rotate-key-on-demand-error-response-${parameter}`;
    await t.match(label, "RotateKeyOnDemand", { KeyId: text(key, "KeyId") });
  },
  "TestKMS::test_rotate_key_on_demand_updates_current_key_material_for_external_keys": rotateImported,
  "TestKMS::test_rotate_key_on_demand_for_external_keys_decrypts_with_previous_material": openWithFormer,
  "TestKMS::test_import_key_material_raises_if_there_is_already_key_material_pending": async (t) => {
    const KeyId = await t.createKeyId(EXTERNAL);
    const first = { ...(await importOf(t, KeyId)), ...NO_EXPIRY };
    await t.match("import-initial-material-response", "ImportKeyMaterial", first);
    const pending = { ...(await importOf(t, KeyId)), ...NO_EXPIRY, ImportType: "NEW_KEY_MATERIAL" };
    await t.match("import-pending-material-response", "ImportKeyMaterial", pending);
    const third = { ...(await importOf(t, KeyId)), ...NO_EXPIRY, ImportType: "NEW_KEY_MATERIAL" };
    await t.match("existing-pending-material-error", "ImportKeyMaterial", third);
  },
  "TestKMS::test_rotate_key_on_demand_raises_for_no_pending_key_material": async (t) => {
    const KeyId = await t.createKeyId(EXTERNAL);
    await t.run("ImportKeyMaterial", { ...(await importOf(t, KeyId)), ...NO_EXPIRY });
    await t.match("rotate-key-on-demand-invalid-state-error", "RotateKeyOnDemand", { KeyId });
  },
  "TestKMS::test_rotate_key_on_demand_raises_error_given_key_with_imported_key_material": async (t) => {
    const KeyId = await t.createKeyId(EXTERNAL);
    await t.run("ImportKeyMaterial", { ...(await importOf(t, KeyId)), ...NO_EXPIRY });
    await t.match("error-response", "RotateKeyOnDemand", { KeyId });
  },
};
