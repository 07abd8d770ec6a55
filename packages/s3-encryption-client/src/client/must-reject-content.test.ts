// Contents, keys and requests that a reader must refuse: nothing of the plaintext may come out.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import {
  CommitmentPolicyError,
  EncryptionContextMismatchError,
  InvalidEnvelopeError,
  KeyCommitmentError,
  KeyringError,
  LegacyDecryptionError,
  LegacyDisabledError,
  S3EncryptionClientError,
  TamperedObjectError,
  UnauthenticatedRangeError,
  UsageError,
  WrongKeyError,
} from "../errors.ts";
import { AesKeyring } from "../keyrings/aes-keyring.ts";
import { KmsKeyring } from "../keyrings/kms-keyring.ts";
import { AnsweringKms, MemoryKms } from "../testing/memory-kms.ts";
import { readObjectVector } from "../testing/read-vectors.ts";
import { ALL_FLAGS, flipped, type Metadata, rejects, V1, V2, V3, without } from "../testing/rejects.ts";
import { AES_KEY, read, sampleClient, store, TARGET } from "../testing/sample-client.ts";

suite("parameter malleability: even with every legacy flag", () => {
  test("GCM turned into CBC by another content algorithm", () =>
    rejects(
      V2,
      {
        metadata: {
          ...without(V2.metadata, "x-amz-tag-len"),
          "x-amz-cek-alg": "AES/CBC/PKCS5Padding",
          "x-amz-iv": Buffer.alloc(16, 1).toString("base64"),
        },
      },
      WrongKeyError,
    ).then());
  test("GCM without its content algorithm", () =>
    rejects(
      V2,
      { metadata: without(V2.metadata, "x-amz-cek-alg", "x-amz-tag-len") },
      InvalidEnvelopeError,
    ).then());
  test("the wrapping exchanged for AESWrap", () =>
    rejects(V2, { metadata: { ...V2.metadata, "x-amz-wrap-alg": "AESWrap" } }, WrongKeyError).then());
  test("the wrapping exchanged for AES-ECB", () =>
    rejects(V2, { metadata: { ...V2.metadata, "x-amz-wrap-alg": "AES" } }, S3EncryptionClientError).then());
  test("a format 2 wrapping moved to format 3", () =>
    rejects(
      V3,
      { metadata: { ...V3.metadata, "x-amz-3": V2.metadata["x-amz-key-v2"] ?? "" } },
      WrongKeyError,
    ).then());
  test("a format 3 wrapping moved to format 2", () =>
    rejects(
      V2,
      { metadata: { ...V2.metadata, "x-amz-key-v2": V3.metadata["x-amz-3"] ?? "" } },
      WrongKeyError,
    ).then());
  test("commitment stripped: format 3 relabelled as format 2", () => {
    const metadata = {
      ...V2.metadata,
      "x-amz-key-v2": V3.metadata["x-amz-3"] ?? "",
      "x-amz-iv": Buffer.alloc(12, 1).toString("base64"),
    };
    return rejects(V3, { metadata }, WrongKeyError).then();
  });
});

suite("content and keys that were changed", () => {
  const body = (hex: string) => ({ bodyHex: hex });
  for (const vector of [V2, V3]) {
    const hex = vector.bodyHex;
    for (let at = 0; at < hex.length / 2; at += 5) {
      test(`${vector.name}: bit flipped in byte ${at}`, () => {
        const bytes = Buffer.from(hex, "hex");
        bytes[at] = (bytes[at] ?? 0) ^ 0x80;
        return rejects(vector, body(bytes.toString("hex")), TamperedObjectError).then();
      });
    }
    test(`${vector.name}: cut short`, () =>
      rejects(vector, body(hex.slice(0, -2)), TamperedObjectError).then());
    test(`${vector.name}: cut to less than a tag`, () =>
      rejects(vector, body(hex.slice(0, 20)), TamperedObjectError).then());
    test(`${vector.name}: empty`, () => rejects(vector, body(""), TamperedObjectError).then());
    test(`${vector.name}: extended`, () => rejects(vector, body(`${hex}00`), TamperedObjectError).then());
    test(`${vector.name}: swapped blocks`, () =>
      rejects(
        vector,
        body(hex.slice(32, 64) + hex.slice(0, 32) + hex.slice(64)),
        TamperedObjectError,
      ).then());
  }
  test("a commitment with a flipped bit", () =>
    rejects(
      V3,
      { metadata: { ...V3.metadata, "x-amz-d": flipped(V3.metadata["x-amz-d"] ?? "", 27) } },
      KeyCommitmentError,
    ).then());
  test("a message id with a flipped bit", () =>
    rejects(
      V3,
      { metadata: { ...V3.metadata, "x-amz-i": flipped(V3.metadata["x-amz-i"] ?? "") } },
      KeyCommitmentError,
    ).then());
  test("a wrapped key with a flipped bit", () =>
    rejects(
      V3,
      { metadata: { ...V3.metadata, "x-amz-3": flipped(V3.metadata["x-amz-3"] ?? "", 30) } },
      WrongKeyError,
    ).then());
  test("another key", () =>
    rejects(V3, {}, WrongKeyError, {
      keyring: new AesKeyring({ key: AES_KEY.map((byte) => byte ^ 1) }),
    }).then());
  test("another data key from the key service (Go's negative)", async () => {
    const vector = readObjectVector("V3, KMS");
    const metadata = {
      ...vector.metadata,
      "x-amz-d": "FiQepGw+/O+3MuYrmQU5mAkotUnxB+W+EwYDHw==",
      "x-amz-i": "cPwtbK08jrpe3x+QElyG+vGtkk9jDn6KmOta2Q==",
    };
    const kms = new AnsweringKms(Buffer.from(vector.key.kmsPlaintext ?? "", "base64"));
    await rejects(vector, { metadata }, KeyCommitmentError, { keyring: new KmsKeyring({ kms, keyId: "k" }) });
  });
  test("a data key of 16 bytes for format 3", async () => {
    const vector = readObjectVector("V3, KMS");
    const kms = new AnsweringKms(Buffer.alloc(16, 1));
    await rejects(vector, {}, KeyringError, { keyring: new KmsKeyring({ kms, keyId: "k" }) });
  });
  test("a body that ends before its announced length", async () => {
    const { s3, client } = sampleClient(ALL_FLAGS);
    store(s3, V1);
    s3.meddle = (_request, response) => ({
      ...response,
      headers: { ...response.headers, "content-length": "64" },
    });
    await assert.rejects(read(client), TamperedObjectError);
  });
});

suite("§3.3, §3.4, §3.5 policies and flags, before any key is touched", () => {
  const kmsOf = () => new AnsweringKms(Buffer.alloc(32, 1));
  test("format 2 under REQUIRE_ENCRYPT_REQUIRE_DECRYPT", () =>
    rejects(V2, {}, CommitmentPolicyError, {}).then());
  test("format 1 without the content flag", () =>
    rejects(V1, {}, LegacyDisabledError, { ...ALL_FLAGS, enableLegacyUnauthenticatedModes: false }).then());
  test("format 1 with the content flag under REQUIRE_DECRYPT", () =>
    rejects(V1, {}, CommitmentPolicyError, {
      ...ALL_FLAGS,
      commitmentPolicy: "REQUIRE_ENCRYPT_REQUIRE_DECRYPT",
    }).then());
  test("format 1's wrapping without the wrapping flag", () =>
    rejects(V1, {}, LegacyDisabledError, { ...ALL_FLAGS, keyring: new AesKeyring({ key: AES_KEY }) }).then());
  test("the kms wrapping without the flag, and without a call to the KMS", async () => {
    const kms = kmsOf();
    await rejects(readObjectVector("V2, AES-GCM, kms"), {}, LegacyDisabledError, {
      ...ALL_FLAGS,
      keyring: new KmsKeyring({ kms, keyId: "k" }),
    });
    assert.equal(kms.asked.length, 0);
  });
  test("a policy refusal calls no KMS", async () => {
    const kms = kmsOf();
    await rejects(readObjectVector("V2, AES-GCM, kms+context"), {}, CommitmentPolicyError, {
      keyring: new KmsKeyring({ kms, keyId: "k" }),
    });
    assert.equal(kms.asked.length, 0);
  });
  test("a keyring of another kind", () =>
    rejects(V3, {}, KeyringError, { keyring: new KmsKeyring({ kms: kmsOf(), keyId: "k" }) }).then());
});

suite("§1.6 encryption contexts", () => {
  const contexts: readonly [string, Metadata | undefined][] = [
    ["none", undefined],
    ["a subset", { a: "1" }],
    ["a superset", { a: "1", b: "2", c: "3" }],
    ["another value", { a: "1", b: "3" }],
    ["the reserved pair as well", { a: "1", b: "2", "aws:x-amz-cek-alg": "115" }],
  ];
  for (const [what, encryptionContext] of contexts) {
    test(`given ${what}`, async () => {
      const kms = new MemoryKms();
      const { client } = sampleClient({ keyring: new KmsKeyring({ kms, keyId: "k" }) });
      await client.send(new PutObjectCommand({ ...TARGET, Body: "x" }), {
        encryptionContext: { a: "1", b: "2" },
      });
      const calls = kms.calls;
      await assert.rejects(
        read(client, encryptionContext === undefined ? {} : { encryptionContext }),
        EncryptionContextMismatchError,
      );
      assert.equal(kms.calls, calls, "refused before the KMS is asked");
      assert.equal(await read(client, { encryptionContext: { b: "2", a: "1" } }), "x");
    });
  }
  test("a stored content algorithm that is not the object's", async () => {
    const vector = readObjectVector("V2, AES-GCM, kms+context");
    const kms = new AnsweringKms(Buffer.from(vector.key.kmsPlaintext ?? "", "base64"));
    const metadata = { ...vector.metadata, "x-amz-matdesc": '{"aws:x-amz-cek-alg":"115"}' };
    await rejects(vector, { metadata }, EncryptionContextMismatchError, {
      ...ALL_FLAGS,
      keyring: new KmsKeyring({ kms, keyId: "k" }),
    });
  });
});

suite("§3.2 ranges", () => {
  test("a range without the opt-in is refused before anything is sent", async () => {
    const { s3, client } = sampleClient();
    store(s3, V3);
    await assert.rejects(read(client, { Range: "bytes=0-1" }), UnauthenticatedRangeError);
    assert.equal(s3.requests.length, 0);
  });
  test("a part that nobody asked for", async () => {
    const { s3, client } = sampleClient();
    store(s3, V3);
    s3.meddle = (_request, response) => ({
      ...response,
      headers: { ...response.headers, "content-range": "bytes 0-60/61" },
    });
    await assert.rejects(read(client), UsageError);
  });
  test("a part by its number", async () => {
    const { client } = sampleClient();
    await assert.rejects(client.send(new GetObjectCommand({ ...TARGET, PartNumber: 1 })), UsageError);
  });
  test("commitment is checked on ranged reads as well", async () => {
    const { s3, client } = sampleClient({ rangedGets: "unauthenticated" });
    store(s3, { ...V3, metadata: { ...V3.metadata, "x-amz-d": flipped(V3.metadata["x-amz-d"] ?? "") } });
    await assert.rejects(read(client, { Range: "bytes=0-1" }), KeyCommitmentError);
  });
  test("a range of a format 2 object under REQUIRE_DECRYPT", async () => {
    const { s3, client } = sampleClient({ rangedGets: "unauthenticated" });
    store(s3, V2);
    await assert.rejects(read(client, { Range: "bytes=0-1" }), CommitmentPolicyError);
  });
});

test("AES-CBC: wrong padding and a wrong key give one message", async () => {
  const padding = Buffer.from(V1.bodyHex, "hex");
  padding[31] = (padding[31] ?? 0) ^ 0x55;
  const first = await rejects(V1, { bodyHex: padding.toString("hex") }, LegacyDecryptionError);
  const wrapped = flipped(V1.metadata["x-amz-key"] ?? "", 47);
  const second = await rejects(
    V1,
    { metadata: { ...V1.metadata, "x-amz-key": wrapped } },
    LegacyDecryptionError,
  );
  const third = await rejects(V1, { bodyHex: V1.bodyHex.slice(0, 40) }, LegacyDecryptionError);
  assert.deepEqual(new Set([first, second, third].map(({ message }) => message)).size, 1);
});
