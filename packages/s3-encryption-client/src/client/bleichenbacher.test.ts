// Legacy RSA with everything enabled: what an attacker can see of a wrapped key's padding.
import assert from "node:assert/strict";
import { constants, createCipheriv, createPrivateKey, createPublicKey, publicEncrypt } from "node:crypto";
import { test } from "node:test";
import { RsaKeyring } from "../keyrings/rsa-keyring.ts";
import { readRsaVectors } from "../testing/read-vectors.ts";
import { read, sampleClient } from "../testing/sample-client.ts";

const privateKey = Buffer.from(readRsaVectors().privateKeyPkcs8, "base64");
const publicKey = createPublicKey(createPrivateKey({ key: privateKey, format: "der", type: "pkcs8" }));

/** What reading gives: text, or an error's class and message. */
async function outcome(block: Buffer, body: Buffer, iv: Buffer): Promise<string> {
  const keyring = new RsaKeyring({ privateKey, enableLegacyWrappingAlgorithms: true });
  const { s3, client } = sampleClient({
    keyring,
    commitmentPolicy: "REQUIRE_ENCRYPT_ALLOW_DECRYPT",
    enableLegacyUnauthenticatedModes: true,
  });
  const wrapped = publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, block);
  const metadata = {
    "x-amz-key": wrapped.toString("base64"),
    "x-amz-iv": iv.toString("base64"),
    "x-amz-matdesc": "{}",
  };
  s3.objects.set("bucket/key", { body, metadata, headers: {} });
  return read(client).catch((error: Error) => `${error.name}: ${error.message}`);
}

test("a padding error and a content error are one outcome, and the GET happens in both", async () => {
  const dataKey = Buffer.alloc(32, 0x11);
  const iv = Buffer.alloc(16, 9);
  const cipher = createCipheriv("aes-256-cbc", dataKey, iv);
  const body = Buffer.concat([cipher.update("hello"), cipher.final()]);
  const block = Buffer.concat([Buffer.of(0, 2), Buffer.alloc(256 - 35, 0xaa), Buffer.of(0), dataKey]);
  assert.equal(await outcome(block, body, iv), "hello");
  const badPadding = Buffer.from(block);
  badPadding[1] = 3;
  const otherKey = Buffer.from(block);
  otherKey[255] = 0x12;
  const outcomes = new Set<string>();
  outcomes.add(await outcome(badPadding, body, iv));
  // The body is all one block, so another key gives good padding once in 256: choose one that does not.
  outcomes.add(await outcome(otherKey, body, Buffer.alloc(16)));
  outcomes.add(
    await outcome(block, Buffer.concat([body.subarray(0, 15), Buffer.of((body[15] ?? 0) ^ 1)]), iv),
  );
  assert.deepEqual([...outcomes], ["LegacyDecryptionError: The object cannot be decrypted"]);
});
