// Writes the test vectors of docs/format/sealed-object.md §10: node tools/run.mjs packages/envelope/src/vectors/generate-vectors.ts
import { createHash, createSecretKey } from "node:crypto";
import { writeFileSync } from "node:fs";
import { SecretBytes } from "@strongroom/base";
import { storedObjectContext } from "../encryption-context.ts";
import type { EncryptionContext } from "../keyring.ts";
import { wrapDataKeyWithSalt } from "../keyrings/wrapped-data-key.ts";
import { sealWithHeader } from "../sealed-object/seal.ts";
import { createHeaderWithSalt } from "../sealed-object/sealed-header.ts";
import { HEADER_SIZE_BYTES, SEALED_CHUNK_SIZE_BYTES } from "../sealed-object/sizes.ts";
import { sampleBytes } from "./sample-bytes.ts";

const INLINE_LIMIT_BYTES = 256;
const PLAINTEXT_SIZES = [0, 1, 15, 16, 17, 255, 4096, 65535, 65536, 65537, 131071, 131072, 131073, 200000];

const fixed = (label: string): Buffer => createHash("sha256").update(`strongroom vector ${label}`).digest();

function seal(name: string, sizeBytes: number) {
  const dataKey = fixed(`data key ${name}`);
  const header = createHeaderWithSalt(new SecretBytes(Buffer.from(dataKey)), fixed(`salt ${name}`));
  return { dataKey, sealed: sealWithHeader(header, sampleBytes(sizeBytes)) };
}

function sealedObjects() {
  const accepted = PLAINTEXT_SIZES.map((sizeBytes) => {
    const { dataKey, sealed } = seal(`size ${sizeBytes}`, sizeBytes);
    return {
      name: `${sizeBytes} bytes`,
      dataKey: dataKey.toString("hex"),
      salt: sealed.toString("hex", 8, 40),
      header: sealed.toString("hex", 0, HEADER_SIZE_BYTES),
      plaintextSizeBytes: sizeBytes,
      sealedSizeBytes: sealed.length,
      sealedSha256: createHash("sha256").update(sealed).digest("hex"),
      ...(sealed.length <= INLINE_LIMIT_BYTES ? { sealed: sealed.toString("hex") } : {}),
    };
  });
  const small = seal("rejected", 5);
  const change = (at: number, xor: number): Buffer => {
    const changed = Buffer.from(small.sealed);
    changed[at] = (changed[at] ?? 0) ^ xor;
    return changed;
  };
  const reject = (rejects: string, name: string, sealed: Buffer, plaintextSizeBytes = 5) => ({
    name,
    rejects,
    dataKey: small.dataKey.toString("hex"),
    plaintextSizeBytes,
    sealed: sealed.toString("hex"),
  });
  const rejected = [
    reject("R-1", "header cut", small.sealed.subarray(0, 71)),
    reject("R-2", "magic", change(0, 1)),
    reject("R-3", "version 2", change(4, 3)),
    reject("R-4", "suite 2", change(6, 3)),
    reject("R-5", "chunk size of 2^17", change(7, 1)),
    reject("R-6", "salt", change(8, 1)),
    reject("R-6", "commitment", change(71, 0x80)),
    reject("R-7", "ciphertext", change(72, 1)),
    reject("R-7", "tag", change(small.sealed.length - 1, 1)),
    reject("R-13", "last byte missing", small.sealed.subarray(0, -1)),
    reject("R-13", "a byte appended", Buffer.concat([small.sealed, Buffer.from([0])])),
    reject("R-13", "tag cut", small.sealed.subarray(0, 80), 0),
    reject("R-7", "stated size reached by cutting", small.sealed.subarray(0, -1), 4),
  ];
  return { format: "strongroom sealed object 1", accepted, rejected };
}

/** Chunks of one object in another order, or of two objects: given as recipes over the accepted cases. */
function splices() {
  const two = "200000 bytes";
  return [
    { name: "first two chunks swapped", rejects: "R-7", of: two, chunks: [1, 0, 2, 3] },
    { name: "second chunk dropped", rejects: "R-13", of: two, chunks: [0, 2, 3] },
    { name: "first chunk repeated", rejects: "R-13", of: two, chunks: [0, 0, 1, 2, 3] },
    { name: "cut after a full chunk", rejects: "R-7", of: two, chunks: [0, 1], plaintextSizeBytes: 131072 },
    {
      name: "first chunk of another object",
      rejects: "R-7",
      of: two,
      chunks: [0, 1, 2, 3],
      firstFrom: "131073 bytes",
    },
  ].map((splice) => ({ ...splice, sealedChunkSizeBytes: SEALED_CHUNK_SIZE_BYTES }));
}

function wrappedKeys() {
  const masterKey = fixed("master key");
  const version7 = { version: 7, key: createSecretKey(masterKey) };
  const contexts: EncryptionContext[] = [
    storedObjectContext({
      scheme: "sse-s3",
      bucket: "vault",
      objectKey: "a/b.txt",
      uid: "0f".repeat(16),
      kmsKeyId: "",
      partNumber: 0,
    }),
    storedObjectContext({
      scheme: "sse-s3",
      bucket: "vault",
      objectKey: "\u{1f512}/\uffff",
      uid: "f0".repeat(16),
      kmsKeyId: "",
      partNumber: 10000,
    }),
    { b: "2", a: "", "\uffff": "before", "\u{10000}": "after" },
  ];
  const accepted: {
    context: EncryptionContext;
    dataKey: string;
    wrapped: string;
    masterKeyVersion: number;
  }[] = [];
  for (const [at, context] of contexts.entries()) {
    const dataKey = fixed(`wrapped data key ${at}`);
    const wrapped = wrapDataKeyWithSalt(
      version7,
      new SecretBytes(Buffer.from(dataKey)),
      context,
      fixed(`wrap salt ${at}`),
    );
    accepted.push({
      masterKeyVersion: 7,
      context,
      dataKey: dataKey.toString("hex"),
      wrapped: wrapped.toString("hex"),
    });
  }
  const wrapped = Buffer.from(accepted[0]?.wrapped ?? "", "hex");
  const context = contexts[0] ?? {};
  const changed = (at: number): string => {
    const copy = Buffer.from(wrapped);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy.toString("hex");
  };
  const other = { ...context, "strongroom:object-key": "a/c.txt" };
  const { "strongroom:kms-key-id": _, ...lacking } = context;
  const rejected = [
    { name: "cut", rejects: "R-15", context, wrapped: wrapped.toString("hex", 0, 84) },
    { name: "master key version 6", rejects: "R-16", context, wrapped: changed(4) },
    { name: "salt", rejects: "R-17", context, wrapped: changed(5) },
    { name: "ciphertext", rejects: "R-17", context, wrapped: changed(37) },
    { name: "tag", rejects: "R-17", context, wrapped: changed(84) },
    { name: "another object key", rejects: "R-17", context: other, wrapped: wrapped.toString("hex") },
    { name: "an empty pair left out", rejects: "R-17", context: lacking, wrapped: wrapped.toString("hex") },
    { name: "no context", rejects: "R-18", context: {}, wrapped: wrapped.toString("hex") },
  ];
  return {
    format: "strongroom wrapped data key 1",
    masterKey: masterKey.toString("hex"),
    accepted,
    rejected,
  };
}

function write(name: string, value: unknown): void {
  writeFileSync(
    new URL(`../../../../vectors/envelope/${name}`, import.meta.url),
    `${JSON.stringify(value, null, 1)}\n`,
  );
}

write("sealed-objects.json", { ...sealedObjects(), splices: splices() });
write("wrapped-keys.json", wrappedKeys());
