import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { suite, test } from "node:test";
import { ConfigurationError } from "../errors.ts";
import { readRsaVectors } from "../testing/read-vectors.ts";
import { AesKeyring } from "./aes-keyring.ts";
import { keyringOfKeyFile, parseKeyFile } from "./key-file.ts";
import { RsaKeyring } from "./rsa-keyring.ts";

const privateKey = createPrivateKey({
  key: readRsaVectors().privateKeyPkcs8,
  encoding: "base64",
  format: "der",
  type: "pkcs8",
});
const publicKey = createPublicKey(privateKey);
const spki = publicKey.export({ format: "der", type: "spki" });
const aes = Buffer.alloc(32, 0xab);

suite("key files", () => {
  const privates: Readonly<Record<string, string | Uint8Array>> = {
    "PEM of PKCS#8": privateKey.export({ format: "pem", type: "pkcs8" }) as string,
    "PEM of PKCS#1": privateKey.export({ format: "pem", type: "pkcs1" }) as string,
    "PEM after text": `Bag Attributes\n  friendlyName: x\n${privateKey.export({ format: "pem", type: "pkcs8" })}`,
    "DER of PKCS#8": privateKey.export({ format: "der", type: "pkcs8" }),
    "DER of PKCS#1": privateKey.export({ format: "der", type: "pkcs1" }),
    "base64 of PKCS#8": privateKey.export({ format: "der", type: "pkcs8" }).toString("base64"),
    JWK: JSON.stringify({
      ...privateKey.export({ format: "jwk" }),
      alg: "RSA-OAEP-256",
      use: "enc",
      key_ops: ["unwrapKey"],
    }),
  };
  for (const [what, content] of Object.entries(privates)) {
    test(`a private key as ${what}, with its public half`, async () => {
      const file = await parseKeyFile(content);
      assert.equal(file.kind === "rsa-private" && Buffer.from(file.publicKey).equals(spki), true);
      assert.equal((await keyringOfKeyFile(content)) instanceof RsaKeyring, true);
    });
  }
  const publics: Readonly<Record<string, string | Uint8Array>> = {
    PEM: publicKey.export({ format: "pem", type: "spki" }) as string,
    DER: spki,
    JWK: JSON.stringify(publicKey.export({ format: "jwk" })),
  };
  for (const [what, content] of Object.entries(publics)) {
    test(`a public key as ${what}`, async () =>
      assert.equal((await parseKeyFile(content)).kind, "rsa-public"));
  }
  const symmetric: Readonly<Record<string, string | Uint8Array>> = {
    bytes: aes,
    hex: `${aes.toString("hex")}\n`,
    base64: aes.toString("base64"),
    JWK: JSON.stringify({ kty: "oct", k: aes.toString("base64url") }),
  };
  for (const [what, content] of Object.entries(symmetric)) {
    test(`an AES key as ${what}`, async () => {
      const file = await parseKeyFile(content);
      assert.equal(file.kind === "aes" && Buffer.from(file.key).equals(aes), true);
      assert.equal((await keyringOfKeyFile(content)) instanceof AesKeyring, true);
    });
  }
  const wrong: Readonly<Record<string, string | Uint8Array>> = {
    nothing: "",
    "31 bytes": Buffer.alloc(31),
    "an encrypted key": privateKey.export({
      format: "pem",
      type: "pkcs8",
      cipher: "aes-256-cbc",
      passphrase: "x",
    }) as string,
    "an encrypted PKCS#1 key": privateKey.export({
      format: "pem",
      type: "pkcs1",
      cipher: "aes-256-cbc",
      passphrase: "x",
    }) as string,
    "a key on a curve": '{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}',
    "broken JSON": "{",
    "broken PEM": "-----BEGIN PRIVATE KEY-----\n%%%\n-----END PRIVATE KEY-----",
    "too much": "A".repeat(70_000),
  };
  for (const [what, content] of Object.entries(wrong)) {
    test(`${what} is refused`, () => assert.rejects(parseKeyFile(content), ConfigurationError));
  }
});
