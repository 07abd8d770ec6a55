import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { Readable } from "node:stream";
import { suite, test } from "node:test";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { UsageError } from "../errors.ts";
import type { EncryptionAlgorithm } from "../format/algorithm-suites.ts";
import { AesKeyring } from "../keyrings/aes-keyring.ts";
import type { Keyring } from "../keyrings/keyring.ts";
import { KmsKeyring } from "../keyrings/kms-keyring.ts";
import { RsaKeyring } from "../keyrings/rsa-keyring.ts";
import type { CommitmentPolicy } from "../object/reading-rules.ts";
import { MemoryKms } from "../testing/memory-kms.ts";
import { MemoryS3 } from "../testing/memory-s3.ts";
import { S3EncryptionClient } from "./s3-encryption-client.ts";

const pair = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "der" },
  privateKeyEncoding: { type: "pkcs8", format: "der" },
});
const KEYRINGS: Readonly<Record<string, Keyring>> = {
  KMS: new KmsKeyring({ kms: new MemoryKms(), keyId: "alias/test" }),
  AES: new AesKeyring({ key: new Uint8Array(32).fill(7), materialsDescription: { name: "Schlüssel 我" } }),
  RSA: new RsaKeyring({ publicKey: pair.publicKey, privateKey: pair.privateKey }),
};
const FORMATS: readonly [CommitmentPolicy, EncryptionAlgorithm, number][] = [
  ["REQUIRE_ENCRYPT_REQUIRE_DECRYPT", "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY", 3],
  ["FORBID_ENCRYPT_ALLOW_DECRYPT", "ALG_AES_256_GCM_IV12_TAG16_NO_KDF", 2],
];
const SIZES = [0, 1, 15, 16, 17, 100_000, 1_500_000];

for (const [name, keyring] of Object.entries(KEYRINGS)) {
  for (const [commitmentPolicy, encryptionAlgorithm, format] of FORMATS) {
    for (const write of [false, true]) {
      test(`${name}, format ${format}, ${write ? "instruction file" : "metadata"}: reads what it wrote`, async () => {
        const s3 = new MemoryS3();
        const client = new S3EncryptionClient({
          client: s3.client(),
          keyring,
          commitmentPolicy,
          encryptionAlgorithm,
          instructionFiles: { write },
        });
        const encryptionContext: Record<string, string> = name === "KMS" ? { team: "bleu 我" } : {};
        for (const size of SIZES) {
          const Body = new Uint8Array(size).map((_, at) => at * 31);
          const target = { Bucket: "bucket", Key: "a/b c" };
          const put = await client.send(new PutObjectCommand({ ...target, Body, Metadata: { user: "x" } }), {
            encryptionContext,
          });
          assert.equal(put.Encryption.formatVersion, format);
          assert.equal(s3.object("bucket/a/b c").body.length, size + 16);
          const output = await client.send(new GetObjectCommand(target), { encryptionContext });
          assert.deepEqual(await output.Body?.transformToByteArray(), Body);
          assert.equal(output.ContentLength, size);
          assert.equal(output.Metadata?.["user"], "x");
          assert.equal(output.Encryption.authentication, "verified");
          assert.equal(output.Encryption.envelopeLocation, write ? "instruction-file" : "metadata");
        }
      });
    }
  }
}

suite("what PutObject takes", () => {
  const aes = KEYRINGS["AES"] as Keyring;
  const put = (input: object, options: object = {}) => {
    const s3 = new MemoryS3();
    const client = new S3EncryptionClient({ client: s3.client(), keyring: aes, ...options });
    const send = () => client.send(new PutObjectCommand({ Bucket: "bucket", Key: "key", ...input }));
    const get = async () => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: "bucket", Key: "key" }));
      return Body?.transformToString();
    };
    return { s3, send, get };
  };

  const bodies: Readonly<Record<string, unknown>> = {
    text: "grüße",
    bytes: Buffer.from("grüße"),
    blob: new Blob(["grü", "ße"]),
    readable: Readable.from([Buffer.from("grü"), Buffer.from("ße")]),
    webStream: new Blob(["grüße"]).stream(),
  };
  for (const [kind, Body] of Object.entries(bodies)) {
    test(`a body that is ${kind}`, async () => {
      const { send, get } = put({ Body });
      await send();
      assert.equal(await get(), "grüße");
    });
  }

  test("a body larger than the buffer is sent as a stream, of the announced length", async () => {
    const chunks = Array.from({ length: 20 }, () => Buffer.alloc(1000, "x"));
    const { s3, send } = put(
      { Body: Readable.from(chunks), ContentLength: 20_000 },
      { bufferSizeBytes: 4096 },
    );
    await send();
    assert.equal(s3.object("bucket/key").body.length, 20_016);
  });

  const refused: Readonly<Record<string, object>> = {
    "a length that is not the body's": { Body: "abc", ContentLength: 4 },
    "a stream that is shorter than announced": {
      Body: Readable.from([Buffer.from("abc")]),
      ContentLength: 4,
    },
    "a digest of the plaintext": { Body: "abc", ContentMD5: "kAFQmDzST7DWlj99KOF/cg==" },
    "a checksum of the plaintext": { Body: "abc", ChecksumCRC32: "NSRBwg==" },
    "metadata with a reserved name": { Body: "abc", Metadata: { "X-Amz-Key-V2": "x" } },
    "metadata past 2 KB": { Body: "abc", Metadata: { big: "x".repeat(1950) } },
    "a body that is none": { Body: 17 },
  };
  for (const [what, input] of Object.entries(refused)) {
    test(`refuses ${what}, and stores nothing`, async () => {
      const { s3, send } = put(input);
      await assert.rejects(send(), UsageError);
      assert.equal(s3.objects.size, 0);
    });
  }

  test("a retried PUT sends the very same ciphertext", async () => {
    const { s3, send, get } = put({ Body: "once" });
    let failures = 2;
    s3.meddle = (request, response) => {
      if (request.method !== "PUT" || failures-- <= 0) return undefined;
      return { ...response, statusCode: 503, headers: { "retry-after": "0" } };
    };
    await send();
    const bodies = s3.requests
      .filter(({ method }) => method === "PUT")
      .map(({ body }) => body.toString("hex"));
    assert.equal(bodies.length, 3);
    assert.equal(new Set(bodies).size, 1);
    s3.meddle = () => undefined;
    assert.equal(await get(), "once");
  });
});
