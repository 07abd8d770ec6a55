import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import { test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import fc from "fast-check";
import { KmsError } from "../kms-error.ts";
import { readHead } from "./blob-layout.ts";
import { openBlob, saltOf, sealBlob } from "./ciphertext-blob.ts";
import { type EncryptionContext, encodeEncryptionContext } from "./encryption-context.ts";
import { MESSAGES_PER_SUB_KEY, SubKeys } from "./sub-keys.ts";

const HEAD = { keyId: "6f0e1c52-0d5c-4a57-9d63-6c2f3a9b7e10", materialNumber: 3, isExternal: false };
const material = createSecretKey(randomBytes(32));
const subKeys = new SubKeys();

const seal = (plaintext: Uint8Array, context: EncryptionContext): Buffer =>
  sealBlob(subKeys.forSealing(material), HEAD, new SecretBytes(Buffer.from(plaintext)), context);

function open(blob: Buffer, context: EncryptionContext, key = material): Buffer {
  assert.deepEqual(readHead(blob), HEAD);
  using opened = openBlob(new SubKeys().forOpening(key, saltOf(blob)), blob, context);
  return Buffer.from(opened.expose());
}

const isRefused = (error: unknown): boolean =>
  error instanceof KmsError && error.code === "InvalidCiphertextException" && error.message === "";

const contexts = fc.dictionary(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), {
  maxKeys: 5,
});

test("[L-24] [L-30] what is sealed opens under its own context and under no other", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      contexts,
      contexts,
      (plaintext, one, other) => {
        let blob: Buffer;
        let isSame: boolean;
        try {
          blob = seal(plaintext, one);
          isSame = encodeEncryptionContext(one).equals(encodeEncryptionContext(other));
        } catch (error) {
          // Names that differ only in case.
          assert.ok(error instanceof KmsError && error.code === "ValidationException");
          return;
        }
        assert.equal(blob.length, plaintext.length + 100);
        assert.deepEqual(open(blob, one), Buffer.from(plaintext));
        if (!isSame) assert.throws(() => open(blob, other), isRefused);
      },
    ),
  );
});

test("[L-27] [L-28] contexts that look alike are different bytes", () => {
  const alike: readonly EncryptionContext[] = [
    {},
    { a: "" },
    { "": "a" },
    { a: "bc" },
    { ab: "c" },
    { abc: "" },
    { a: "b", c: "" },
    { a: "", b: "c" },
  ];
  assert.equal(
    new Set(alike.map((context) => encodeEncryptionContext(context).toString("hex"))).size,
    alike.length,
  );
  assert.ok(encodeEncryptionContext({ b: "2", a: "1" }).equals(encodeEncryptionContext({ a: "1", b: "2" })));
});

test("[B-9] [L-30] contexts that cannot be told apart later are refused at once", () => {
  for (const context of [
    { "\ud800": "x" },
    { x: "\udfff" },
    { Name: "1", name: "2" },
    { x: "y".repeat(8200) },
  ]) {
    assert.throws(() => encodeEncryptionContext(context), KmsError);
  }
  assert.ok(encodeEncryptionContext(JSON.parse('{"__proto__":"x"}')).includes("__proto__"));
});

test("[B-1] to [B-8] [L-25] [L-33] every flipped bit, every shorter and any longer blob is refused", () => {
  const context = { "aws:s3:arn": "arn:aws:s3:::b/k" };
  const blob = seal(randomBytes(32), context);
  for (let at = 0; at < blob.length; at += 1) {
    for (const bit of [1, 0x80]) {
      const changed = Buffer.from(blob);
      changed[at] = (changed[at] ?? 0) ^ bit;
      const attempt = (): void => {
        const head = readHead(changed);
        if (head.keyId !== HEAD.keyId || head.materialNumber !== HEAD.materialNumber) {
          // Names another key or material: a service would look for that one.
          openBlob(subKeys.forOpening(createSecretKey(randomBytes(32)), saltOf(changed)), changed, context);
        } else open(changed, context);
      };
      assert.throws(attempt, isRefused, `byte ${at}`);
    }
  }
  for (let size = 0; size < blob.length; size += 1) {
    assert.throws(() => open(blob.subarray(0, size), context), isRefused, `${size} bytes`);
  }
  assert.throws(() => open(Buffer.concat([blob, Buffer.of(0)]), context), isRefused);
});

test("[B-7] another material is refused by its commitment before anything is decrypted", () => {
  const blob = seal(randomBytes(32), {});
  assert.throws(() => open(blob, {}, createSecretKey(randomBytes(32))), isRefused);
});

test("[L-34] any bytes at all give InvalidCiphertextException or a head", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        readHead(Buffer.from(bytes));
      } catch (error) {
        assert.ok(isRefused(error));
      }
    }),
  );
});

test("[kms.md §0.10] a sub-key seals its budget and no more; no two blobs share salt and nonce", () => {
  const keys = new SubKeys();
  const first = keys.forSealing(material);
  assert.equal(keys.forSealing(material), first);
  assert.equal(MESSAGES_PER_SUB_KEY, 2 ** 24);
  assert.notDeepEqual(new SubKeys().forSealing(material).salt, first.salt);
  const nonces = Array.from({ length: 500 }, () => seal(Buffer.of(1), {}).toString("hex", 24, 84));
  assert.equal(new Set(nonces).size, nonces.length);
});
