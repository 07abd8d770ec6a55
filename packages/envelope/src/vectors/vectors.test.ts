import assert from "node:assert/strict";
import { createHash, createSecretKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import { EnvelopeError, type EnvelopeErrorCode } from "../envelope-error.ts";
import type { EncryptionContext } from "../keyring.ts";
import { MasterKeyring } from "../keyrings/master-keyring.ts";
import { openSmall } from "../sealed-object/open.ts";
import { sealWithHeader } from "../sealed-object/seal.ts";
import { createHeaderWithSalt } from "../sealed-object/sealed-header.ts";
import { HEADER_SIZE_BYTES } from "../sealed-object/sizes.ts";
import { sampleBytes } from "./sample-bytes.ts";

interface ObjectCase {
  readonly name: string;
  readonly dataKey: string;
  readonly salt: string;
  readonly header: string;
  readonly plaintextSizeBytes: number;
  readonly sealedSha256: string;
  readonly sealed?: string;
}
interface Rejection {
  readonly name: string;
  readonly rejects: string;
}
interface ObjectVectors {
  readonly accepted: readonly ObjectCase[];
  readonly rejected: readonly (Rejection & { dataKey: string; plaintextSizeBytes: number; sealed: string })[];
  readonly splices: readonly (Rejection & {
    of: string;
    chunks: number[];
    firstFrom?: string;
    plaintextSizeBytes?: number;
    sealedChunkSizeBytes: number;
  })[];
}
interface KeyVectors {
  readonly masterKey: string;
  readonly accepted: readonly { context: EncryptionContext; dataKey: string; wrapped: string }[];
  readonly rejected: readonly (Rejection & { context: EncryptionContext; wrapped: string })[];
}

/** The codes by which each clause may show. */
const CODES: Readonly<Record<string, readonly EnvelopeErrorCode[]>> = {
  "R-1": ["Truncated"],
  "R-2": ["Malformed"],
  "R-3": ["UnsupportedVersion"],
  "R-4": ["UnsupportedVersion"],
  "R-5": ["UnsupportedVersion"],
  "R-6": ["WrongKey"],
  "R-7": ["Tampered"],
  "R-13": ["Truncated", "Tampered"],
  "R-15": ["Malformed"],
  "R-16": ["UnknownMasterKey"],
  "R-17": ["Tampered"],
  "R-18": ["InvalidContext"],
};

// Files of our own, written by generate-vectors.ts: their shape is not checked again here.
function readVectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../../vectors/envelope/${name}`, import.meta.url), "utf8"));
}
const objects = readVectors<ObjectVectors>("sealed-objects.json");
const keys = readVectors<KeyVectors>("wrapped-keys.json");
const hex = (text: string): Buffer => Buffer.from(text, "hex");
const showsAs = (clause: string) => (error: unknown) =>
  error instanceof EnvelopeError && (CODES[clause] ?? []).includes(error.code);

function sealCase(found: ObjectCase): Buffer {
  const header = createHeaderWithSalt(new SecretBytes(hex(found.dataKey)), hex(found.salt));
  return sealWithHeader(header, sampleBytes(found.plaintextSizeBytes));
}

test("[§10] [L-12] sealed objects are made and opened as the frozen vectors say", () => {
  assert.ok(objects.accepted.length >= 14);
  for (const found of objects.accepted) {
    const sealed = sealCase(found);
    assert.equal(sealed.toString("hex", 0, HEADER_SIZE_BYTES), found.header, found.name);
    assert.equal(createHash("sha256").update(sealed).digest("hex"), found.sealedSha256, found.name);
    assert.equal(found.sealed ?? sealed.toString("hex"), sealed.toString("hex"), found.name);
    const opened = openSmall(
      new SecretBytes(hex(found.dataKey)),
      sealed,
      undefined,
      found.plaintextSizeBytes,
    );
    assert.ok(opened.equals(sampleBytes(found.plaintextSizeBytes)), found.name);
  }
});

test("[§8] [§10] what the vectors reject is rejected by its clause", () => {
  assert.ok(objects.rejected.length >= 13);
  for (const { name, rejects, dataKey, sealed, plaintextSizeBytes } of objects.rejected) {
    const open = () => openSmall(new SecretBytes(hex(dataKey)), hex(sealed), undefined, plaintextSizeBytes);
    assert.throws(open, showsAs(rejects), name);
  }
});

test("[§8] [§10] spliced objects are rejected by their clause", () => {
  assert.ok(objects.splices.length >= 5);
  const find = (name: string): ObjectCase => {
    const found = objects.accepted.find((candidate) => candidate.name === name);
    assert.ok(found !== undefined, name);
    return found;
  };
  for (const splice of objects.splices) {
    const source = find(splice.of);
    const size = splice.sealedChunkSizeBytes;
    const chunkOf = (sealed: Buffer, at: number): Buffer =>
      sealed.subarray(HEADER_SIZE_BYTES + at * size, HEADER_SIZE_BYTES + (at + 1) * size);
    const sealed = sealCase(source);
    const parts = splice.chunks.map((at) =>
      at === 0 && splice.firstFrom !== undefined
        ? chunkOf(sealCase(find(splice.firstFrom)), 0)
        : chunkOf(sealed, at),
    );
    const spliced = Buffer.concat([sealed.subarray(0, HEADER_SIZE_BYTES), ...parts]);
    const stated = splice.plaintextSizeBytes ?? source.plaintextSizeBytes;
    const open = () => openSmall(new SecretBytes(hex(source.dataKey)), spliced, undefined, stated);
    assert.throws(open, showsAs(splice.rejects), splice.name);
  }
});

test("[§6] [§10] [L-29] wrapped keys open as the frozen vectors say, or are rejected by their clause", async () => {
  const key = createSecretKey(hex(keys.masterKey));
  const keyring = new MasterKeyring({
    current: () => ({ version: 7, key }),
    find: (version) => (version === 7 ? key : null),
    refresh: async () => {},
  });
  assert.ok(keys.accepted.length >= 3 && keys.rejected.length >= 8);
  for (const { context, dataKey, wrapped } of keys.accepted) {
    const opened = await keyring.decryptDataKey(hex(wrapped), context);
    assert.equal(opened?.expose().toString("hex"), dataKey);
  }
  for (const { name, rejects, context, wrapped } of keys.rejected) {
    await assert.rejects(keyring.decryptDataKey(hex(wrapped), context), showsAs(rejects), name);
  }
});
