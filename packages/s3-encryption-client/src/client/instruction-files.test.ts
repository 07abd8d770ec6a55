import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { CommitmentPolicyError, ConfigurationError, UsageError, WrongKeyError } from "../errors.ts";
import { AesKeyring } from "../keyrings/aes-keyring.ts";
import { KmsKeyring } from "../keyrings/kms-keyring.ts";
import { MemoryKms } from "../testing/memory-kms.ts";
import { readObjectVector } from "../testing/read-vectors.ts";
import { AES_KEY, read, sampleClient, TARGET } from "../testing/sample-client.ts";

const oldKeyring = new AesKeyring({ key: AES_KEY, enableLegacyWrappingAlgorithms: true });
const newKey = new Uint8Array(32).fill(9);
const newKeyring = new AesKeyring({ key: newKey, materialsDescription: { version: "2" } });
const V2_OPTIONS = {
  commitmentPolicy: "FORBID_ENCRYPT_ALLOW_DECRYPT",
  encryptionAlgorithm: "ALG_AES_256_GCM_IV12_TAG16_NO_KDF",
} as const;

suite("§9.6 instruction files", () => {
  test("format 3: the object keeps c, d and i, the file has 3, w and m", async () => {
    const { s3, client } = sampleClient();
    const { metadata, bodyHex } = readObjectVector("V3, raw AES");
    const { "x-amz-c": c = "", "x-amz-d": d = "", "x-amz-i": i = "", ...keys } = metadata;
    s3.objects.set("bucket/key", {
      body: Buffer.from(bodyHex, "hex"),
      metadata: { "x-amz-c": c, "x-amz-d": d, "x-amz-i": i },
      headers: {},
    });
    s3.objects.set("bucket/key.custom", {
      body: Buffer.from(JSON.stringify(keys)),
      metadata: {},
      headers: {},
    });
    assert.equal((await read(client, { instructionFileSuffix: ".custom" })).slice(0, 10), "0123456789");
  });
  test("share who owns, reads and keeps the object, and nothing of its body", async () => {
    const { s3, client } = sampleClient({ instructionFiles: { write: true } });
    const heads: string[] = [];
    s3.meddle = ({ target }) => {
      heads.push(target);
      return undefined;
    };
    await client.send(
      new PutObjectCommand({
        ...TARGET,
        Body: "x",
        ContentType: "text/plain",
        StorageClass: "STANDARD_IA",
      }),
    );
    assert.deepEqual(
      heads.map((target) => target.split("?")[0]),
      ["bucket/key.instruction", "bucket/key"],
    );
    assert.equal(s3.object("bucket/key").headers["content-type"], "text/plain");
    assert.notEqual(s3.object("bucket/key.instruction").headers["content-type"], "text/plain");
  });
});

suite("§2.5 wrapping keys anew", () => {
  const written = async (options: object = {}) => {
    const { s3, client } = sampleClient({
      keyring: oldKeyring,
      instructionFiles: { write: true },
      ...options,
    });
    await client.send(new PutObjectCommand({ ...TARGET, Body: "content" }));
    return { s3, client };
  };
  for (const [format, options] of [
    [3, {}],
    [2, V2_OPTIONS],
  ] as const) {
    test(`format ${format}: the content stays, the new key reads, the old one does not`, async () => {
      const { s3, client } = await written(options);
      const before = s3.object("bucket/key");
      const result = await client.reEncryptInstructionFile({ ...TARGET, newKeyring, enforceRotation: true });
      assert.deepEqual(result, {
        Bucket: "bucket",
        InstructionFileKey: "key.instruction",
        enforceRotation: true,
      });
      assert.equal(s3.object("bucket/key"), before);
      await assert.rejects(read(client), WrongKeyError);
      assert.equal(await read(sampleClient({ keyring: newKeyring, ...options }, s3).client), "content");
    });
  }
  test("to another suffix, it shares the object", async () => {
    const { s3, client } = await written();
    await client.reEncryptInstructionFile({ ...TARGET, newKeyring, instructionFileSuffix: ".for-them" });
    assert.equal(await read(client), "content");
    const theirs = sampleClient({ keyring: newKeyring }, s3).client;
    assert.equal(await read(theirs, { instructionFileSuffix: ".for-them" }), "content");
  });
  test("to a KMS key and back", async () => {
    const kmsKeyring = new KmsKeyring({ kms: new MemoryKms(), keyId: "k" });
    const { s3, client } = await written();
    const encryptionContext = { project: "x" };
    await client.reEncryptInstructionFile({ ...TARGET, newKeyring: kmsKeyring, encryptionContext });
    const kmsClient = sampleClient({ keyring: kmsKeyring, instructionFiles: { write: true } }, s3).client;
    assert.equal(await read(kmsClient, { encryptionContext }), "content");
    await kmsClient.reEncryptInstructionFile({ ...TARGET, newKeyring, encryptionContext });
    assert.equal(await read(sampleClient({ keyring: newKeyring }, s3).client), "content");
  });
  test("an AES-CBC object becomes format 2 with its content algorithm kept", async () => {
    const options = { ...V2_OPTIONS, enableLegacyUnauthenticatedModes: true };
    const { s3, client } = sampleClient({
      keyring: oldKeyring,
      instructionFiles: { write: true },
      ...options,
    });
    const { metadata, bodyHex } = readObjectVector("V1, raw AES");
    s3.objects.set("bucket/key", { body: Buffer.from(bodyHex, "hex"), metadata: {}, headers: {} });
    s3.objects.set("bucket/key.instruction", {
      body: Buffer.from(JSON.stringify(metadata)),
      metadata: {},
      headers: {},
    });
    await client.reEncryptInstructionFile({ ...TARGET, newKeyring });
    const file = JSON.parse(s3.object("bucket/key.instruction").body.toString());
    assert.equal(file["x-amz-tag-len"], "0");
    assert.equal(file["x-amz-wrap-alg"], "AES/GCM");
    assert.equal(
      (await read(sampleClient({ keyring: newKeyring, ...options }, s3).client)).slice(0, 4),
      "0123",
    );
    const strict = sampleClient(
      { keyring: newKeyring, instructionFiles: { write: true }, enableLegacyUnauthenticatedModes: true },
      s3,
    ).client;
    await assert.rejects(
      strict.reEncryptInstructionFile({ ...TARGET, newKeyring: oldKeyring }),
      CommitmentPolicyError,
    );
  });
  test("is refused without the right to write them, for the same description, the same key, metadata, another suite", async () => {
    const { s3, client } = await written();
    const off = sampleClient({ keyring: oldKeyring }, s3).client;
    await assert.rejects(off.reEncryptInstructionFile({ ...TARGET, newKeyring }), ConfigurationError);
    const undescribed = new AesKeyring({ key: newKey });
    await assert.rejects(client.reEncryptInstructionFile({ ...TARGET, newKeyring: undescribed }), UsageError);
    const sameKey = new AesKeyring({ key: AES_KEY, materialsDescription: { version: "2" } });
    await assert.rejects(
      client.reEncryptInstructionFile({ ...TARGET, newKeyring: sameKey, enforceRotation: true }),
      UsageError,
    );
    const other = sampleClient(
      { keyring: oldKeyring, instructionFiles: { write: true }, ...V2_OPTIONS },
      s3,
    ).client;
    await assert.rejects(other.reEncryptInstructionFile({ ...TARGET, newKeyring }), ConfigurationError);
    await off.send(new PutObjectCommand({ ...TARGET, Body: "x" }));
    await assert.rejects(client.reEncryptInstructionFile({ ...TARGET, newKeyring }), UsageError);
    assert.equal((await off.send(new GetObjectCommand(TARGET))).Encryption.envelopeLocation, "metadata");
  });
});
