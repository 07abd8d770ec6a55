import assert from "node:assert/strict";
import { test } from "node:test";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { AesKeyring } from "../keyrings/aes-keyring.ts";
import type { DecryptionKeyring } from "../keyrings/keyring.ts";
import { KmsKeyring } from "../keyrings/kms-keyring.ts";
import { AnsweringKms } from "../testing/memory-kms.ts";
import { MemoryS3 } from "../testing/memory-s3.ts";
import { type ObjectVector, readObjectVectors } from "../testing/read-vectors.ts";
import { S3EncryptionClient } from "./s3-encryption-client.ts";

function keyringOf({ key }: ObjectVector): DecryptionKeyring {
  if (key.aesHex !== undefined)
    return new AesKeyring({ key: Buffer.from(key.aesHex, "hex"), enableLegacyWrappingAlgorithms: true });
  const kms = new AnsweringKms(Buffer.from(key.kmsPlaintext ?? "", "base64"));
  return new KmsKeyring({ kms, keyId: "test-key-id", enableLegacyWrappingAlgorithms: true });
}

for (const vector of readObjectVectors()) {
  for (const enableDelayedAuthentication of [false, true]) {
    for (const chunkBytes of [1, 7, 16, 4096]) {
      const how = `${enableDelayedAuthentication ? "delayed" : "verified first"}, ${chunkBytes} bytes at a time`;
      test(`reads ${vector.name}: ${how} (${vector.source})`, async () => {
        const s3 = new MemoryS3();
        s3.chunkBytes = chunkBytes;
        s3.objects.set("bucket/key", {
          body: Buffer.from(vector.bodyHex, "hex"),
          metadata: { ...vector.metadata },
          headers: {},
        });
        const client = new S3EncryptionClient({
          client: s3.client(),
          keyring: keyringOf(vector),
          commitmentPolicy: "REQUIRE_ENCRYPT_ALLOW_DECRYPT",
          enableLegacyUnauthenticatedModes: true,
          enableDelayedAuthentication,
        });
        const output = await client.send(new GetObjectCommand({ Bucket: "bucket", Key: "key" }));
        const plaintext = await output.Body?.transformToByteArray();
        assert.equal(Buffer.from(plaintext ?? []).toString("hex"), vector.plaintextHex);
        assert.equal(output.Encryption.formatVersion, Number(vector.name.charAt(1)));
      });
    }
  }
}
