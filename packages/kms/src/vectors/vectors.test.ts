import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  integer,
  listOf,
  mapOf,
  parseJsonDocument,
  parseShape,
  required,
  structure,
  text,
} from "@strongroom/wire";
import { readHead } from "../ciphertext-blob/blob-layout.ts";
import { openBlob, saltOf } from "../ciphertext-blob/ciphertext-blob.ts";
import { deriveSubKey } from "../ciphertext-blob/sub-keys.ts";
import { KmsError } from "../kms-error.ts";

const CASE = structure({
  name: required(text()),
  rejects: text(),
  keyId: required(text()),
  materialNumber: required(integer()),
  material: required(text()),
  context: required(mapOf(text())),
  plaintext: text(),
  blob: required(text()),
});
const VECTORS = structure({ accepted: required(listOf(CASE)), rejected: required(listOf(CASE)) });
const file = new URL("../../../../vectors/kms/ciphertext-blobs.json", import.meta.url);
const { accepted, rejected } = parseShape(VECTORS, parseJsonDocument(readFileSync(file)));

function open(one: (typeof accepted)[number]): string {
  const blob = Buffer.from(one.blob, "hex");
  const head = readHead(blob);
  if (head.keyId !== one.keyId || head.materialNumber !== one.materialNumber)
    return "another key or material";
  const material = createSecretKey(Buffer.from(one.material, "hex"));
  using opened = openBlob(deriveSubKey(material, saltOf(blob)), blob, one.context);
  return opened.expose().toString("hex");
}

for (const one of accepted) {
  test(`[kms-ciphertext-blob §8] ${one.name}`, () => assert.equal(open(one), one.plaintext));
}

for (const one of rejected) {
  test(`[${one.rejects}] ${one.name}`, () => {
    if (one.rejects === "B-5" || one.rejects === "B-6") {
      assert.equal(open(one), "another key or material");
      return;
    }
    assert.throws(
      () => open(one),
      (error) =>
        error instanceof KmsError && error.code === "InvalidCiphertextException" && error.message === "",
    );
  });
}
