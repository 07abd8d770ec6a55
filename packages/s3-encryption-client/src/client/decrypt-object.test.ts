import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import {
  ConfigurationError,
  KeyringError,
  MissingInstructionFileError,
  TamperedObjectError,
  UsageError,
  WrongKeyError,
} from "../errors.ts";
import { AesKeyring } from "../keyrings/aes-keyring.ts";
import { KmsDiscoveryKeyring, KmsKeyring } from "../keyrings/kms-keyring.ts";
import { MultiRecipientKeyring } from "../keyrings/multi-recipient-keyring.ts";
import { MemoryKms } from "../testing/memory-kms.ts";
import { readObjectVector } from "../testing/read-vectors.ts";
import { AES_KEY, read, sampleClient, TARGET } from "../testing/sample-client.ts";
import { decryptObject, decryptResponse, describeEncryption } from "./decrypt-object.ts";
import { encryptObject } from "./encrypt-object.ts";

const keyring = new AesKeyring({ key: AES_KEY });
const headersOf = (metadata: object) =>
  Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]));

suite("objects without a client", () => {
  for (const instructionFile of [false, true]) {
    test(`encryptObject, decryptObject, ${instructionFile ? "instruction file" : "metadata"}`, async () => {
      const sealed = await encryptObject(new Blob(["grüße"]), { keyring, instructionFile });
      const stored = { ...sealed, instructionFile: sealed.instructionFile ?? undefined };
      const opened = await decryptObject(
        {
          metadata: stored.metadata,
          body: stored.body,
          ...(stored.instructionFile === undefined ? {} : { instructionFile: stored.instructionFile }),
        },
        { keyring },
      );
      assert.equal(await opened.body.transformToString(), "grüße");
      assert.equal(opened.Encryption.authentication, "verified");
      assert.equal(describeEncryption(sealed.metadata, stored.instructionFile)?.wrappingAlgorithm, "AES/GCM");
    });
  }
  test("the response to a presigned GET", async () => {
    const sealed = await encryptObject("secret", { keyring });
    const response = () =>
      new Response(sealed.body, {
        headers: { ...headersOf(sealed.metadata), "content-length": String(sealed.body.length) },
      });
    const { body } = await decryptResponse(response(), { keyring });
    assert.equal(await body.transformToString(), "secret");
    const file = await encryptObject("apart", { keyring, instructionFile: true });
    const apart = () => new Response(file.body, { headers: headersOf(file.metadata) });
    const opened = await decryptResponse(apart(), {
      keyring,
      instructionFile: new Response(file.instructionFile),
    });
    assert.equal(await opened.body.transformToString(), "apart");
    await assert.rejects(decryptResponse(apart(), { keyring }), MissingInstructionFileError);
    await assert.rejects(decryptResponse(new Response("", { status: 403 }), { keyring }), UsageError);
    const short = new Response(sealed.body.slice(0, -1), { headers: headersOf(sealed.metadata) });
    await assert.rejects(decryptResponse(short, { keyring }), TamperedObjectError);
  });
  test("delayed authentication releases plaintext, and fails at the end", async () => {
    const { metadata, bodyHex, plaintextHex } = readObjectVector("V3, raw AES");
    const body = Buffer.from(bodyHex, "hex");
    body[60] = (body[60] ?? 0) ^ 1;
    const opened = await decryptObject({ metadata, body }, { keyring, enableDelayedAuthentication: true });
    let released = "";
    await assert.rejects(async () => {
      for await (const chunk of opened.body) released += Buffer.from(chunk).toString("hex");
    }, TamperedObjectError);
    assert.equal(released, plaintextHex);
  });
  test("what is not encrypted is described as nothing", () =>
    assert.equal(describeEncryption({ user: "x" }), null));
});

suite("keys", () => {
  test("a non-extractable WebCrypto key wraps and unwraps", async () => {
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
      "encrypt",
      "decrypt",
    ]);
    const sealed = await encryptObject("x", { keyring: new AesKeyring({ key }) });
    const opened = await decryptObject(sealed as never, { keyring: new AesKeyring({ key }) });
    assert.equal(await opened.body.transformToString(), "x");
  });
  test("the stored description chooses among keys", async () => {
    const described = { key: new Uint8Array(32).fill(4), materialsDescription: { year: "2019" } };
    const sealed = await encryptObject("x", { keyring: new AesKeyring(described) });
    const many = new AesKeyring({ key: AES_KEY, additionalDecryptionKeys: [described] });
    assert.equal(
      await (await decryptObject(sealed as never, { keyring: many })).body.transformToString(),
      "x",
    );
    await assert.rejects(decryptObject(sealed as never, { keyring }), WrongKeyError);
  });
  test("a KMS keyring is pinned to its key; discovery is not", async () => {
    const kms = new MemoryKms();
    const sealed = await encryptObject("x", { keyring: new KmsKeyring({ kms, keyId: "one" }) });
    await assert.rejects(
      decryptObject(sealed as never, { keyring: new KmsKeyring({ kms, keyId: "two" }) }),
      WrongKeyError,
    );
    const opened = await decryptObject(sealed as never, { keyring: new KmsDiscoveryKeyring({ kms }) });
    assert.equal(await opened.body.transformToString(), "x");
    await assert.rejects(encryptObject("x", { keyring: new KmsDiscoveryKeyring({ kms }) }), KeyringError);
    assert.throws(() => new KmsKeyring({ kms, keyId: "" }), ConfigurationError);
    assert.throws(() => new KmsDiscoveryKeyring({ kms: {} as never }), ConfigurationError);
  });
  test("reserved pairs are refused on writing", async () => {
    const kms = new KmsKeyring({ kms: new MemoryKms(), keyId: "k" });
    await assert.rejects(
      encryptObject("x", { keyring: kms, encryptionContext: { "aws:x-amz-cek-alg": "115" } }),
      UsageError,
    );
  });
});

suite("more recipients than one", () => {
  const others = [1, 2].map((fill) => new AesKeyring({ key: new Uint8Array(32).fill(fill) }));
  const all = new MultiRecipientKeyring({ keyrings: [keyring, ...others] });
  test("each reads what was written for all; who is none does not; a plain client reads the first's", async () => {
    const { s3, client } = sampleClient({ keyring: all });
    await client.send(new PutObjectCommand({ ...TARGET, Body: "for all" }));
    assert.equal(await read(sampleClient({}, s3).client), "for all");
    for (const other of others) {
      assert.equal(
        await read(sampleClient({ keyring: other, enableMultipleRecipients: true }, s3).client),
        "for all",
      );
      await assert.rejects(read(sampleClient({ keyring: other }, s3).client), WrongKeyError);
    }
    const stranger = new AesKeyring({ key: new Uint8Array(32).fill(3) });
    await assert.rejects(
      read(sampleClient({ keyring: stranger, enableMultipleRecipients: true }, s3).client),
      WrongKeyError,
    );
  });
  test("are refused for format 2, which commits to no key", async () => {
    const options = {
      keyring: all,
      commitmentPolicy: "FORBID_ENCRYPT_ALLOW_DECRYPT",
      encryptionAlgorithm: "ALG_AES_256_GCM_IV12_TAG16_NO_KDF",
    } as const;
    await assert.rejects(encryptObject("x", options), ConfigurationError);
    assert.throws(() => new MultiRecipientKeyring({ keyrings: [] }), ConfigurationError);
  });
});
