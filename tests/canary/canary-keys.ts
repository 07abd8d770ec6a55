import assert from "node:assert/strict";
import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import { callKms, kmsFields } from "../harness/kms-client.ts";
import type { CanaryTarget } from "./canary-writes.ts";

type Fields = Readonly<Record<string, unknown>>;

async function run(
  target: CanaryTarget,
  operation: string,
  input: object,
  expected: readonly number[] = [200],
): Promise<Fields> {
  const response = await callKms(target.client, operation, input);
  assert.ok(expected.includes(response.status), `${operation}: ${response.status} ${response.body}`);
  target.tally.add("canary key operations");
  return kmsFields(response);
}

const bytesField = (fields: Fields, name: string): Buffer => {
  const bytes = Buffer.from(String(fields[name] ?? ""), "base64");
  assert.ok(bytes.length > 0, `no ${name} in the answer`);
  return bytes;
};

/** A key with a word in every place that one has, and its id. */
export async function makeKey(target: CanaryTarget, what: string, input: object = {}): Promise<string> {
  const { ledger } = target;
  const made = await run(target, "CreateKey", {
    Description: ledger.word(`description of ${what}`),
    Tags: [{ TagKey: ledger.word(`tag name of ${what}`), TagValue: ledger.word(`tag value of ${what}`) }],
    ...input,
  });
  const keyId = String(Reflect.get(Object(made["KeyMetadata"]), "KeyId"));
  await run(target, "CreateAlias", {
    AliasName: `alias/${ledger.word(`alias of ${what}`)}`,
    TargetKeyId: keyId,
  });
  return keyId;
}

/** What the key service is given and what it hands out, by every operation that handles a secret. */
export async function useKeys(target: CanaryTarget): Promise<void> {
  const { ledger } = target;
  const KeyId = await makeKey(target, "a key");
  await run(target, "UpdateKeyDescription", { KeyId, Description: ledger.word("later description") });
  await run(target, "TagResource", {
    KeyId,
    Tags: [{ TagKey: ledger.word("later tag name"), TagValue: ledger.word("later tag value") }],
  });
  await sealAndOpen(target, KeyId);
  await makeDataKeys(target, KeyId);
  await importMaterial(target);
  await deriveSecrets(target);
  await useGrant(target, KeyId);
  await failWithKeys(target, KeyId);
  await run(target, "RotateKeyOnDemand", { KeyId });
}

async function sealAndOpen(target: CanaryTarget, KeyId: string): Promise<void> {
  const { ledger } = target;
  const EncryptionContext = { [ledger.word("context name")]: ledger.word("context value") };
  const Plaintext = Buffer.from(ledger.word("plaintext"));
  const { CiphertextBlob } = await run(target, "Encrypt", { KeyId, Plaintext, EncryptionContext });
  const opened = await run(target, "Decrypt", { CiphertextBlob, EncryptionContext });
  assert.deepEqual(bytesField(opened, "Plaintext"), Plaintext);
  await run(target, "ReEncrypt", {
    CiphertextBlob,
    SourceEncryptionContext: EncryptionContext,
    DestinationKeyId: KeyId,
    DestinationEncryptionContext: { [ledger.word("new context name")]: ledger.word("new context value") },
  });
}

async function makeDataKeys(target: CanaryTarget, KeyId: string): Promise<void> {
  const { ledger } = target;
  const note = (name: string, bytes: Buffer) => ledger.secretBytes(name, bytes);
  note(
    "data key",
    bytesField(await run(target, "GenerateDataKey", { KeyId, KeySpec: "AES_256" }), "Plaintext"),
  );
  const unseen = await run(target, "GenerateDataKeyWithoutPlaintext", { KeyId, NumberOfBytes: 64 });
  const { CiphertextBlob } = unseen;
  note("data key opened later", bytesField(await run(target, "Decrypt", { CiphertextBlob }), "Plaintext"));
  note("random bytes", bytesField(await run(target, "GenerateRandom", { NumberOfBytes: 48 }), "Plaintext"));
  for (const KeyPairSpec of ["ECC_NIST_P256", "RSA_2048"]) {
    const pair = await run(target, "GenerateDataKeyPair", { KeyId, KeyPairSpec });
    const der = bytesField(pair, "PrivateKeyPlaintext");
    note(`private key of a pair ${KeyPairSpec}`, der);
    const { d = "" } = createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({ format: "jwk" });
    note(`private number of a pair ${KeyPairSpec}`, Buffer.from(String(d), "base64url"));
  }
}

async function importMaterial(target: CanaryTarget): Promise<void> {
  const KeyId = await makeKey(target, "a key whose material is brought", { Origin: "EXTERNAL" });
  const parameters = await run(target, "GetParametersForImport", {
    KeyId,
    WrappingAlgorithm: "RSAES_OAEP_SHA_256",
    WrappingKeySpec: "RSA_2048",
  });
  const material = randomBytes(32);
  target.ledger.secretBytes("imported key material", material);
  target.ledger.secretBytes("import token", bytesField(parameters, "ImportToken"));
  const key = createPublicKey({ key: bytesField(parameters, "PublicKey"), format: "der", type: "spki" });
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const EncryptedKeyMaterial = publicEncrypt({ key, padding, oaepHash: "sha256" }, material);
  await run(target, "ImportKeyMaterial", {
    KeyId,
    ImportToken: parameters["ImportToken"],
    EncryptedKeyMaterial,
    ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
  });
  await sealAndOpen(target, KeyId);
}

async function deriveSecrets(target: CanaryTarget): Promise<void> {
  const { ledger } = target;
  const note = (name: string, fields: Fields, member: string) =>
    ledger.secretBytes(name, bytesField(fields, member));
  const agreement = await makeKey(target, "a key to agree with", {
    KeySpec: "ECC_NIST_P256",
    KeyUsage: "KEY_AGREEMENT",
  });
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const PublicKey = publicKey.export({ type: "spki", format: "der" });
  const input = { KeyId: agreement, KeyAgreementAlgorithm: "ECDH", PublicKey };
  note("agreed secret", await run(target, "DeriveSharedSecret", input), "SharedSecret");
  const kem = await makeKey(target, "a key to encapsulate", {
    KeySpec: "ML_KEM_768",
    KeyUsage: "ENCAPSULATE_DECAPSULATE",
  });
  const sent = await run(target, "Encapsulate", { KeyId: kem, EncapsulationAlgorithm: "ML_KEM" });
  note("encapsulated secret", sent, "SharedSecret");
  const mac = await makeKey(target, "a key for MACs", {
    KeySpec: "HMAC_256",
    KeyUsage: "GENERATE_VERIFY_MAC",
  });
  const Message = Buffer.from(ledger.word("message of a MAC"));
  const MacAlgorithm = "HMAC_SHA_256";
  const made = await run(target, "GenerateMac", { KeyId: mac, Message, MacAlgorithm });
  note("MAC", made, "Mac");
  await run(target, "VerifyMac", { KeyId: mac, Message, MacAlgorithm, Mac: made["Mac"] });
  const signing = await makeKey(target, "a signing key", {
    KeySpec: "ECC_NIST_P256",
    KeyUsage: "SIGN_VERIFY",
  });
  const SigningAlgorithm = "ECDSA_SHA_256";
  const text = Buffer.from(ledger.word("signed message"));
  const signed = await run(target, "Sign", { KeyId: signing, Message: text, SigningAlgorithm });
  await run(target, "Verify", {
    KeyId: signing,
    Message: text,
    SigningAlgorithm,
    Signature: signed["Signature"],
  });
}

async function useGrant(target: CanaryTarget, KeyId: string): Promise<void> {
  const { ledger } = target;
  const { KeyMetadata } = await run(target, "DescribeKey", { KeyId });
  const account = String(Reflect.get(Object(KeyMetadata), "AWSAccountId"));
  const grant = await run(target, "CreateGrant", {
    KeyId,
    GranteePrincipal: `arn:aws:iam::${account}:root`,
    RetiringPrincipal: `arn:aws:iam::${account}:root`,
    Operations: ["Encrypt", "Decrypt"],
    Name: ledger.word("grant name"),
    Constraints: {
      EncryptionContextSubset: { [ledger.word("grant context")]: ledger.word("grant context value") },
    },
  });
  const token = String(grant["GrantToken"]);
  ledger.secretText("grant token", token);
  ledger.secretBytes("grant token's bytes", Buffer.from(token, "base64"));
  await run(target, "Encrypt", { KeyId, Plaintext: Buffer.from("x"), GrantTokens: [token] });
  await run(target, "RetireGrant", { GrantToken: token });
}

/** Requests that are refused, each with a word or a secret in it. */
async function failWithKeys(target: CanaryTarget, KeyId: string): Promise<void> {
  const { ledger } = target;
  const Plaintext = Buffer.from(ledger.word("plaintext refused"));
  const { CiphertextBlob } = await run(target, "Encrypt", { KeyId, Plaintext });
  const EncryptionContext = { [ledger.word("wrong context")]: ledger.word("wrong context value") };
  await run(target, "Decrypt", { CiphertextBlob, EncryptionContext }, [400]);
  await run(target, "Encrypt", { KeyId: `alias/${ledger.word("alias not found")}`, Plaintext }, [400]);
  await run(target, "Encrypt", { KeyId, Plaintext, EncryptionAlgorithm: ledger.word("algorithm") }, [400]);
  await run(
    target,
    "Encrypt",
    { KeyId, Plaintext, GrantTokens: [ledger.word("grant token refused")] },
    [200, 400],
  );
  const broken = await target.client.request({
    method: "POST",
    service: "kms",
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "TrentService.Encrypt" },
    body: Buffer.from(`{"KeyId": "${KeyId}", "Plaintext": "${ledger.word("malformed JSON")}`),
  });
  assert.equal(broken.status, 400);
}
