import assert from "node:assert/strict";
import {
  constants,
  createCipheriv,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import { test } from "node:test";
import { bytesOf, ServiceFixture } from "../service-fixture.ts";

const DAY_MS = 86_400_000;
const NO_EXPIRY = { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" };
const plaintext = Buffer.from("plain");

async function parameters(f: ServiceFixture, KeyId: string, algorithm: string) {
  const output = await f.run("GetParametersForImport", {
    KeyId,
    WrappingAlgorithm: algorithm,
    WrappingKeySpec: "RSA_2048",
  });
  const key = createPublicKey({ key: bytesOf(output, "PublicKey"), format: "der", type: "spki" });
  const oaepHash = algorithm.endsWith("256") ? "sha256" : "sha1";
  const oaep = (secret: Buffer) =>
    publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, secret);
  return { ImportToken: bytesOf(output, "ImportToken"), oaep };
}

async function importInput(
  f: ServiceFixture,
  KeyId: string,
  material: Buffer,
  algorithm = "RSAES_OAEP_SHA_256",
) {
  const { ImportToken, oaep } = await parameters(f, KeyId, algorithm);
  if (!algorithm.startsWith("RSA_AES")) return { KeyId, ImportToken, EncryptedKeyMaterial: oaep(material) };
  const aes = randomBytes(32);
  const cipher = createCipheriv("id-aes256-wrap-pad", createSecretKey(aes), Buffer.from("a65959a6", "hex"));
  const EncryptedKeyMaterial = Buffer.concat([oaep(aes), cipher.update(material), cipher.final()]);
  return { KeyId, ImportToken, EncryptedKeyMaterial };
}

const external = (f: ServiceFixture, more: object = {}) => f.createKey({ Origin: "EXTERNAL", ...more });
const state = async (f: ServiceFixture, KeyId: string) =>
  Reflect.get(Object((await f.run("DescribeKey", { KeyId }))["KeyMetadata"]), "KeyState");

test("[kms.md §1.4 F] every wrapping algorithm imports; the refused ones say so", async () => {
  const f = new ServiceFixture();
  for (const algorithm of [
    "RSAES_OAEP_SHA_1",
    "RSAES_OAEP_SHA_256",
    "RSA_AES_KEY_WRAP_SHA_1",
    "RSA_AES_KEY_WRAP_SHA_256",
  ]) {
    const { id } = await external(f);
    await f.run("ImportKeyMaterial", {
      ...(await importInput(f, id, randomBytes(32), algorithm)),
      ...NO_EXPIRY,
    });
    assert.equal(await state(f, id), "Enabled", algorithm);
  }
  const { id } = await external(f);
  for (const WrappingAlgorithm of ["RSAES_PKCS1_V1_5", "SM2PKE"]) {
    const input = { KeyId: id, WrappingAlgorithm, WrappingKeySpec: "RSA_2048" };
    assert.match(await f.refusal("GetParametersForImport", input), /^UnsupportedOperationException: /);
  }
});

test("re-import takes the same material only; deleting it closes the key until then", async () => {
  const f = new ServiceFixture();
  const { id, arn } = await external(f);
  const material = randomBytes(32);
  const first = await f.run("ImportKeyMaterial", { ...(await importInput(f, id, material)), ...NO_EXPIRY });
  const blob = bytesOf(await f.run("Encrypt", { KeyId: id, Plaintext: plaintext }), "CiphertextBlob");
  const secretsBefore = f.secrets.count;
  await f.run("DeleteImportedKeyMaterial", { KeyId: id });
  assert.equal(f.secrets.count, secretsBefore - 1);
  assert.equal(
    await f.refusal("Decrypt", { CiphertextBlob: blob }),
    `KMSInvalidStateException: ${arn} is pending import.`,
  );
  const other = { ...(await importInput(f, id, randomBytes(32))), ...NO_EXPIRY };
  assert.match(await f.refusal("ImportKeyMaterial", other), /^IncorrectKeyMaterialException: /);
  const again = await f.run("ImportKeyMaterial", { ...(await importInput(f, id, material)), ...NO_EXPIRY });
  assert.equal(again["KeyMaterialId"], first["KeyMaterialId"]);
  assert.equal(bytesOf(await f.run("Decrypt", { CiphertextBlob: blob }), "Plaintext").toString(), "plain");
});

test("the id of a material says nothing about it, and differs from key to key", async () => {
  const f = new ServiceFixture();
  const material = randomBytes(32);
  const ids: unknown[] = [];
  for (let i = 0; i < 2; i += 1) {
    const { id } = await external(f);
    const output = await f.run("ImportKeyMaterial", {
      ...(await importInput(f, id, material)),
      ...NO_EXPIRY,
    });
    ids.push(output["KeyMaterialId"]);
  }
  assert.match(String(ids[0]), /^[0-9a-f]{64}$/);
  assert.notEqual(ids[0], ids[1]);
});

test("material expires by the clock, and the upkeep destroys it", async () => {
  const f = new ServiceFixture();
  const { id, arn } = await external(f);
  const material = randomBytes(32);
  const nowMs = f.clock.nowMs();
  const ValidTo = nowMs / 1000 + 3600;
  for (const wrong of [nowMs / 1000 - 1, nowMs / 1000 + 366 * 86_400]) {
    const input = { ...(await importInput(f, id, material)), ValidTo: wrong };
    assert.match(await f.refusal("ImportKeyMaterial", input), /^ValidationException: /);
  }
  await f.run("ImportKeyMaterial", { ...(await importInput(f, id, material)), ValidTo });
  const blob = bytesOf(await f.run("Encrypt", { KeyId: id, Plaintext: plaintext }), "CiphertextBlob");
  f.clock.advance(3_600_000);
  const pending = `KMSInvalidStateException: ${arn} is pending import.`;
  assert.equal(await f.refusal("Decrypt", { CiphertextBlob: blob }), pending);
  const before = f.secrets.count;
  assert.equal((await f.service.maintain(() => assert.fail())).expiredMaterials, 1);
  assert.equal(f.secrets.count, before - 1);
  await f.run("ImportKeyMaterial", { ...(await importInput(f, id, material)), ...NO_EXPIRY });
  assert.equal(bytesOf(await f.run("Decrypt", { CiphertextBlob: blob }), "Plaintext").toString(), "plain");
});

test("import tokens: of one key, for a day, from this service", async () => {
  const f = new ServiceFixture();
  const [one, two] = [await external(f), await external(f)];
  const input = await importInput(f, one.id, randomBytes(32));
  assert.match(
    await f.refusal("ImportKeyMaterial", { ...input, KeyId: two.id, ...NO_EXPIRY }),
    /^InvalidImportTokenException: /,
  );
  for (const at of [0, 20, input.ImportToken.length - 1]) {
    const changed = Buffer.from(input.ImportToken);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.match(
      await f.refusal("ImportKeyMaterial", { ...input, ImportToken: changed, ...NO_EXPIRY }),
      /^InvalidImportTokenException: /,
    );
  }
  const garbled = { ...input, EncryptedKeyMaterial: randomBytes(256), ...NO_EXPIRY };
  assert.match(await f.refusal("ImportKeyMaterial", garbled), /^InvalidCiphertextException: $/);
  f.clock.advance(DAY_MS);
  assert.match(
    await f.refusal("ImportKeyMaterial", { ...input, ...NO_EXPIRY }),
    /^ExpiredImportTokenException: /,
  );
  f.clock.advance(DAY_MS);
  const before = f.secrets.count;
  await f.service.maintain(() => assert.fail());
  assert.equal(f.secrets.count, before - 1);
  assert.match(
    await f.refusal("ImportKeyMaterial", { ...input, ...NO_EXPIRY }),
    /^InvalidImportTokenException: /,
  );
});

test("material of the wrong kind or size is refused", async () => {
  const f = new ServiceFixture();
  const p256 = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const pkcs8 = p256.privateKey.export({ format: "der", type: "pkcs8" });
  const cases: readonly (readonly [object, Buffer])[] = [
    [{}, randomBytes(31)],
    [{}, randomBytes(33)],
    [{ KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" }, randomBytes(31)],
    [{ KeySpec: "ECC_SECG_P256K1", KeyUsage: "SIGN_VERIFY" }, pkcs8],
    [{ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }, randomBytes(100)],
  ];
  for (const [spec, material] of cases) {
    const { id } = await external(f, spec);
    const input = { ...(await importInput(f, id, material)), ...NO_EXPIRY };
    assert.match(await f.refusal("ImportKeyMaterial", input), /^IncorrectKeyMaterialException: /);
  }
  const { id } = await external(f, { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  const input = { ...(await importInput(f, id, pkcs8)), ...NO_EXPIRY };
  assert.match(
    await f.refusal("ImportKeyMaterial", { ...input, ImportType: "NEW_KEY_MATERIAL" }),
    /^ValidationException: /,
  );
  assert.equal(await f.refusal("ImportKeyMaterial", input), "allowed");
});

test("a second material waits for rotation; losing an old one closes the whole key", async () => {
  const f = new ServiceFixture();
  const { id } = await external(f);
  const [first, second] = [randomBytes(32), randomBytes(32)];
  const one = await f.run("ImportKeyMaterial", { ...(await importInput(f, id, first)), ...NO_EXPIRY });
  const old = bytesOf(await f.run("Encrypt", { KeyId: id, Plaintext: plaintext }), "CiphertextBlob");
  const NEW = { ImportType: "NEW_KEY_MATERIAL", KeyMaterialDescription: "second" };
  const two = await f.run("ImportKeyMaterial", {
    ...(await importInput(f, id, second)),
    ...NO_EXPIRY,
    ...NEW,
  });
  assert.equal(await state(f, id), "Enabled");
  await f.run("RotateKeyOnDemand", { KeyId: id });
  const { Rotations } = await f.run("ListKeyRotations", {
    KeyId: id,
    IncludeKeyMaterial: "ALL_KEY_MATERIAL",
  });
  const listed = (Array.isArray(Rotations) ? Rotations : []).map((each: unknown) => [
    Reflect.get(Object(each), "KeyMaterialId"),
    Reflect.get(Object(each), "KeyMaterialState"),
  ]);
  assert.deepEqual(listed, [
    [one["KeyMaterialId"], "NON_CURRENT"],
    [two["KeyMaterialId"], "CURRENT"],
  ]);
  assert.equal(bytesOf(await f.run("Decrypt", { CiphertextBlob: old }), "Plaintext").toString(), "plain");
  await f.run("DeleteImportedKeyMaterial", { KeyId: id, KeyMaterialId: one["KeyMaterialId"] });
  assert.equal(await state(f, id), "PendingImport");
  await f.run("ImportKeyMaterial", { ...(await importInput(f, id, first)), ...NO_EXPIRY });
  assert.equal(await state(f, id), "Enabled");
  assert.equal(bytesOf(await f.run("Decrypt", { CiphertextBlob: old }), "Plaintext").toString(), "plain");
});
