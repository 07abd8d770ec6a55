import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { KeyringError, UsageError } from "../errors.ts";
import { COMMITTING_GCM_SUITE, GCM_SUITE } from "../format/algorithm-suites.ts";
import { printToMetadata } from "../format/print-envelope.ts";
import { AesKeyring } from "../keyrings/aes-keyring.ts";
import type { EncryptionKeyring, GeneratedDataKey } from "../keyrings/keyring.ts";
import { RsaKeyring } from "../keyrings/rsa-keyring.ts";
import { AES_KEY } from "../testing/sample-client.ts";
import { beginEncryption } from "./begin-encryption.ts";
import { openEnvelope } from "./reading-rules.ts";

const keyring = new AesKeyring({ key: AES_KEY });

suite("an encryption", () => {
  test("ends at the most that AES-GCM may encrypt with one key (§1.8)", async () => {
    assert.equal(COMMITTING_GCM_SUITE.maxPlaintextBytes, 68_719_476_704);
    const suiteOf = { ...GCM_SUITE, maxPlaintextBytes: 20 };
    const encryption = await beginEncryption({ keyring, suite: suiteOf }, {}, "streamed");
    await encryption.update(new Uint8Array(20));
    await assert.rejects(encryption.update(new Uint8Array(1)), UsageError);
  });
  test("goes through once: nothing is encrypted after its end", async () => {
    const encryption = await beginEncryption({ keyring, suite: COMMITTING_GCM_SUITE }, {}, "streamed");
    await encryption.final();
    await assert.rejects(encryption.update(new Uint8Array(1)), UsageError);
    await assert.rejects(encryption.final(), UsageError);
  });
  test("never repeats a message id, a nonce, or a data key's wrapping", async () => {
    const seen = new Set<string>();
    for (let count = 0; count < 50; count++) {
      for (const suiteOf of [GCM_SUITE, COMMITTING_GCM_SUITE]) {
        const { envelope } = await beginEncryption({ keyring, suite: suiteOf }, {}, "streamed");
        seen.add(
          Buffer.from(envelope.formatVersion === 3 ? envelope.messageId : envelope.iv).toString("hex"),
        );
        seen.add(Buffer.from(envelope.encryptedDataKey).toString("hex"));
      }
    }
    assert.equal(seen.size, 200);
  });
  test("[L-96] tells neither a digest nor the length of the plaintext", async () => {
    for (const suiteOf of [GCM_SUITE, COMMITTING_GCM_SUITE]) {
      const { envelope } = await beginEncryption({ keyring, suite: suiteOf }, {}, "streamed");
      const names = Object.keys(printToMetadata(envelope).objectMetadata).join(" ");
      assert.ok(names.includes("x-amz-") && !/unencrypted|md5/.test(names), names);
    }
  });
  test("wipes the keyring's data key", async () => {
    let given: GeneratedDataKey | undefined;
    const watching: EncryptionKeyring = {
      async generateDataKey(request) {
        given = await keyring.generateDataKey(request);
        return given;
      },
    };
    await beginEncryption({ keyring: watching, suite: COMMITTING_GCM_SUITE }, {}, "streamed");
    assert.equal(
      given?.dataKey.every((byte) => byte === 0),
      true,
    );
  });
  const bad: Readonly<Record<string, Partial<GeneratedDataKey>>> = {
    "a short data key": { dataKey: new Uint8Array(16).fill(1) },
    "a legacy wrapping": { wrappingAlgorithm: "AESWrap" },
    "a wrapping that is none": { wrappingAlgorithm: "ROT13" as never },
  };
  for (const [what, changed] of Object.entries(bad)) {
    test(`refuses a keyring that gives ${what}`, async () => {
      const wrong: EncryptionKeyring = {
        generateDataKey: async (request) => ({ ...(await keyring.generateDataKey(request)), ...changed }),
      };
      await assert.rejects(
        beginEncryption({ keyring: wrong, suite: COMMITTING_GCM_SUITE }, {}, "whole"),
        KeyringError,
      );
    });
  }
});

test("RSA keys of WebCrypto that cannot be exported, each half by itself", async () => {
  const parameters = {
    name: "RSA-OAEP",
    hash: "SHA-1",
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  };
  const { publicKey, privateKey } = await crypto.subtle.generateKey(parameters, false, [
    "encrypt",
    "decrypt",
  ]);
  const writer = new RsaKeyring({ publicKey });
  const reader = new RsaKeyring({ privateKey });
  const { envelope } = await beginEncryption({ keyring: writer, suite: COMMITTING_GCM_SUITE }, {}, "whole");
  const rules = {
    commitmentPolicy: "REQUIRE_ENCRYPT_REQUIRE_DECRYPT" as const,
    enableLegacyUnauthenticatedModes: false,
    enableMultipleRecipients: false,
  };
  const contentKey = await openEnvelope(envelope, { ...rules, keyring: reader }, {});
  assert.equal(contentKey.key.length, 32);
  contentKey.wipe();
  assert.equal(
    contentKey.key.every((byte) => byte === 0),
    true,
  );
  await assert.rejects(openEnvelope(envelope, { ...rules, keyring: writer }, {}), KeyringError);
  await assert.rejects(
    reader.generateDataKey({ contentAlgorithm: "115", encryptionContext: {} }),
    KeyringError,
  );
});
