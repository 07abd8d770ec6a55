// Writes the test vectors of docs/format/kms-ciphertext-blob.md §8: node tools/run.mjs packages/kms/src/vectors/generate-vectors.ts
import { createHash, createSecretKey } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { SecretBytes } from "@strongroom/base";
import { sealBlobWithNonce } from "../ciphertext-blob/ciphertext-blob.ts";
import type { EncryptionContext } from "../ciphertext-blob/encryption-context.ts";
import { deriveSubKey } from "../ciphertext-blob/sub-keys.ts";

const fixed = (label: string): Buffer =>
  createHash("sha256").update(`strongroom kms vector ${label}`).digest();

const KEY_ID = "6f0e1c52-0d5c-4a57-9d63-6c2f3a9b7e10";
const MULTI_REGION_ID = "mrk-d3b95762d3b95762d3b95762d3b95762";

const CASES: readonly {
  readonly name: string;
  readonly keyId: string;
  readonly materialNumber: number;
  readonly context: EncryptionContext;
  readonly plaintext: Buffer;
}[] = [
  { name: "empty context", keyId: KEY_ID, materialNumber: 1, context: {}, plaintext: fixed("data key") },
  {
    name: "one byte",
    keyId: KEY_ID,
    materialNumber: 2,
    context: { "aws:s3:arn": "arn:aws:s3:::b/k" },
    plaintext: Buffer.of(0),
  },
  {
    name: "names sort by their bytes",
    keyId: KEY_ID,
    materialNumber: 26,
    context: { z: "1", é: "2", a: "", "10": "3", "9": "4" },
    plaintext: fixed("sorted"),
  },
  {
    name: "multi-Region",
    keyId: MULTI_REGION_ID,
    materialNumber: 4_294_967_295,
    context: { __proto__x: "y", ab: "c" },
    plaintext: Buffer.concat([fixed("long 1"), fixed("long 2"), fixed("long 3")]),
  },
];

function seal(one: (typeof CASES)[number]): { material: Buffer; blob: Buffer } {
  const material = fixed(`material ${one.name}`);
  const subKey = deriveSubKey(createSecretKey(material), fixed(`salt ${one.name}`).subarray(0, 16));
  const nonce = fixed(`nonce ${one.name}`).subarray(0, 12);
  return {
    material,
    blob: sealBlobWithNonce(
      subKey,
      { ...one, isExternal: false },
      new SecretBytes(Buffer.from(one.plaintext)),
      one.context,
      nonce,
    ),
  };
}

const accepted = CASES.map((one) => {
  const { material, blob } = seal(one);
  const { name, keyId, materialNumber, context } = one;
  const facts = { name, keyId, materialNumber, material: material.toString("hex"), context };
  return { ...facts, plaintext: one.plaintext.toString("hex"), blob: blob.toString("hex") };
});

const [, base] = CASES;
if (base === undefined) throw new Error("there is no case to change");
const { material, blob } = seal(base);
const change = (at: number, xor: number): Buffer => {
  const changed = Buffer.from(blob);
  changed[at] = (changed[at] ?? 0) ^ xor;
  return changed;
};
const reject = (rejects: string, name: string, bytes: Buffer, context: EncryptionContext = base.context) => ({
  name,
  rejects,
  keyId: base.keyId,
  materialNumber: base.materialNumber,
  material: material.toString("hex"),
  context,
  blob: bytes.toString("hex"),
});
const rejected = [
  reject("B-1", "nothing", Buffer.alloc(0)),
  reject("B-1", "cut to 99 bytes", blob.subarray(0, 99)),
  reject("B-1", "6145 bytes", Buffer.concat([blob, Buffer.alloc(6145 - blob.length)])),
  reject("B-2", "magic", change(0, 1)),
  reject("B-3", "version 2", change(2, 3)),
  reject("B-4", "flags 2", change(3, 2)),
  reject("B-5", "multi-Region flag", change(3, 1)),
  reject("B-5", "another key id", change(4, 1)),
  reject("B-6", "another material number", change(23, 1)),
  reject("B-7", "salt", change(24, 1)),
  reject("B-7", "commitment", change(71, 0x80)),
  reject("B-8", "nonce", change(72, 1)),
  reject("B-8", "ciphertext", change(84, 1)),
  reject("B-8", "tag", change(blob.length - 1, 1)),
  reject("B-8", "a byte appended", Buffer.concat([blob, Buffer.of(0)])),
  reject("B-8", "empty context", blob, {}),
  reject("B-8", "another value", blob, { "aws:s3:arn": "arn:aws:s3:::b/K" }),
  reject("B-8", "a pair more", blob, { ...base.context, more: "" }),
];

const folder = new URL("../../../../vectors/kms/", import.meta.url);
mkdirSync(folder, { recursive: true });
const text = JSON.stringify({ format: "strongroom kms ciphertext blob 1", accepted, rejected }, null, 1);
writeFileSync(new URL("ciphertext-blobs.json", folder), `${text}\n`);
