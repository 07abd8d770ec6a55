import assert from "node:assert/strict";
import { constants, createPrivateKey, createPublicKey, publicEncrypt, randomBytes } from "node:crypto";
import { suite, test } from "node:test";
import { LegacyDisabledError, WrongKeyError } from "../errors.ts";
import type { ContentAlgorithm } from "../format/algorithm-suites.ts";
import { decodeBase64 } from "../format/base64.ts";
import type { WrappingAlgorithm } from "../format/wrapping-algorithms.ts";
import { readRsaVectors } from "../testing/read-vectors.ts";
import { RsaKeyring } from "./rsa-keyring.ts";

const vectors = readRsaVectors();
const privateKey = Buffer.from(vectors.privateKeyPkcs8, "base64");
const publicKey = createPublicKey(createPrivateKey({ key: privateKey, format: "der", type: "pkcs8" }));
const bytes = (base64: string) => decodeBase64(base64) ?? assert.fail("not base64");
const request = (wrappingAlgorithm: string, contentAlgorithm: string, encryptedDataKey: Uint8Array) => ({
  wrappingAlgorithm: wrappingAlgorithm as WrappingAlgorithm,
  contentAlgorithm: contentAlgorithm as ContentAlgorithm,
  encryptedDataKey: new Uint8Array(encryptedDataKey),
  storedContext: {},
  encryptionContext: {},
});
const legacy = new RsaKeyring({ privateKey, enableLegacyWrappingAlgorithms: true });

suite("§9.8 RSA wrappings", () => {
  for (const { wrappingAlgorithm, contentAlgorithm, encryptedDataKey } of vectors.wrappings) {
    test(`${wrappingAlgorithm}, ${contentAlgorithm} (${vectors.source})`, async () => {
      const asked = request(wrappingAlgorithm, contentAlgorithm, bytes(encryptedDataKey));
      const decrypted = await legacy.decryptDataKey(asked);
      assert.equal(Buffer.from(decrypted?.dataKey ?? []).toString("hex"), vectors.dataKeyHex);
      assert.notEqual(decrypted?.isSubstitute, true);
    });
  }
  test("a V2 wrapping is none for format 3, and the other way round", async () => {
    const [, , v2, v3] = vectors.wrappings;
    for (const [vector, other] of [
      [v2, "115"],
      [v3, "AES/GCM/NoPadding"],
    ] as const) {
      const asked = request("RSA-OAEP-SHA1", other, bytes(vector?.encryptedDataKey ?? ""));
      await assert.rejects(legacy.decryptDataKey(asked), WrongKeyError);
    }
  });
  test("what it writes, node:crypto reads as OAEP with SHA-1 of length, key and algorithm", async () => {
    const keyring = new RsaKeyring({
      publicKey: publicKey.export({ format: "der", type: "spki" }),
      privateKey,
    });
    const generated = await keyring.generateDataKey({ contentAlgorithm: "115", encryptionContext: {} });
    const { privateDecrypt } = await import("node:crypto");
    const key = createPrivateKey({ key: privateKey, format: "der", type: "pkcs8" });
    const pseudoKey = privateDecrypt(
      { key, oaepHash: "sha1", padding: constants.RSA_PKCS1_OAEP_PADDING },
      generated.encryptedDataKey,
    );
    assert.deepEqual(pseudoKey, Buffer.concat([Buffer.of(32), generated.dataKey, Buffer.from("115")]));
  });
  test("a suffix that only begins with the content algorithm is refused", async () => {
    const pseudoKey = Buffer.concat([Buffer.of(32), randomBytes(32), Buffer.from("115 and more")]);
    const sealed = publicEncrypt(
      { key: publicKey, oaepHash: "sha1", padding: constants.RSA_PKCS1_OAEP_PADDING },
      pseudoKey,
    );
    await assert.rejects(legacy.decryptDataKey(request("RSA-OAEP-SHA1", "115", sealed)), WrongKeyError);
  });
});

suite("RSA PKCS#1 v1.5 without an oracle", () => {
  const pad = (block: Buffer) => publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, block);
  const good = (dataKey: Uint8Array) =>
    Buffer.concat([Buffer.of(0, 2), Buffer.alloc(256 - 3 - dataKey.length, 0xaa), Buffer.of(0), dataKey]);
  const changed = (at: number, value: number) => {
    const block = good(randomBytes(32).map((byte) => byte | 1));
    block[at] = value;
    return block;
  };
  const badBlocks: Readonly<Record<string, Buffer>> = {
    "a first byte that is not 0": changed(0, 1),
    "a second byte that is not 2": changed(1, 1),
    "a zero in the first eight bytes of padding": changed(5, 0),
    "a zero later in the padding": changed(100, 0),
    "no zero before the data key": changed(256 - 33, 7),
    "a data key of 31 bytes": good(randomBytes(31).map((byte) => byte | 1)),
    "nothing at all": Buffer.alloc(256),
  };
  for (const [what, block] of Object.entries(badBlocks)) {
    test(`${what} gives a substitute, as any other`, async () => {
      const decrypted = await legacy.decryptDataKey(request("RSA", "AES/CBC/PKCS5Padding", pad(block)));
      assert.equal(decrypted?.isSubstitute, true);
      assert.equal(decrypted?.dataKey.length, 32);
      assert.notDeepEqual(Buffer.from(decrypted?.dataKey ?? []), block.subarray(-32));
    });
  }
  for (const size of [16, 24, 32]) {
    test(`a data key of ${size} bytes unwraps`, async () => {
      const dataKey = randomBytes(size).map((byte) => byte | 1);
      const decrypted = await legacy.decryptDataKey(
        request("RSA", "AES/CBC/PKCS5Padding", pad(good(dataKey))),
      );
      assert.deepEqual(Buffer.from(decrypted?.dataKey ?? []), Buffer.from(dataKey));
    });
  }
  test("without the flag, good and bad blobs get one refusal", async () => {
    const strict = new RsaKeyring({ privateKey });
    const messages = new Set<string>();
    for (const block of [...Object.values(badBlocks), good(randomBytes(32))]) {
      await assert.rejects(
        strict.decryptDataKey(request("RSA", "AES/CBC/PKCS5Padding", pad(block))),
        (error: Error) => {
          messages.add(error.message);
          return error instanceof LegacyDisabledError;
        },
      );
    }
    assert.deepEqual(
      [...messages],
      ["Enable legacy wrapping algorithms to use legacy key wrapping algorithm: RSA"],
    );
  });
});
