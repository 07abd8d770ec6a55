// Envelopes that a reader must refuse: nothing of the plaintext may come out.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import {
  InvalidEnvelopeError,
  InvalidInstructionFileError,
  KeyCommitmentError,
  MissingInstructionFileError,
  S3EncryptionClientError,
  UnsupportedFormatError,
} from "../errors.ts";
import { MemoryS3 } from "../testing/memory-s3.ts";
import type { ObjectVector } from "../testing/read-vectors.ts";
import {
  ALL_FLAGS,
  type ErrorClass,
  type Metadata,
  rejects,
  V1,
  V2,
  V3,
  without,
} from "../testing/rejects.ts";
import { read, sampleClient, TARGET } from "../testing/sample-client.ts";

suite("§3.2 envelopes that contradict themselves", () => {
  const cases: readonly [string, ObjectVector, Metadata, ErrorClass][] = [
    ["keys of two formats", V3, { ...V3.metadata, "x-amz-key-v2": "AAAA" }, InvalidEnvelopeError],
    ["keys of formats 1 and 2", V2, { ...V2.metadata, "x-amz-key": "AAAA" }, InvalidEnvelopeError],
    ["format 3 with an iv", V3, { ...V3.metadata, "x-amz-iv": "AAECAwQFBgcICQoL" }, InvalidEnvelopeError],
    ["format 2 with a spoofed x-amz-c", V2, { ...V2.metadata, "x-amz-c": "115" }, InvalidEnvelopeError],
    [
      "format 2 with spoofed x-amz-c and x-amz-w",
      V2,
      { ...V2.metadata, "x-amz-c": "115", "x-amz-w": "02" },
      InvalidEnvelopeError,
    ],
    ["recipients on format 2", V2, { ...V2.metadata, "strongroom-recipients": "[]" }, InvalidEnvelopeError],
    [
      "format 1 with a content algorithm of format 2",
      V1,
      { ...V1.metadata, "x-amz-cek-alg": "AES/GCM/NoPadding" },
      InvalidEnvelopeError,
    ],
    [
      "format 1 with a wrapping of format 2",
      V1,
      { ...V1.metadata, "x-amz-wrap-alg": "AES/GCM" },
      InvalidEnvelopeError,
    ],
    [
      "CTR, which is never stored",
      V2,
      { ...V2.metadata, "x-amz-cek-alg": "AES/CTR/NoPadding" },
      UnsupportedFormatError,
    ],
    [
      "format 2 with format 3's algorithm",
      V2,
      { ...V2.metadata, "x-amz-cek-alg": "115" },
      UnsupportedFormatError,
    ],
    [
      "format 3 with format 2's algorithm",
      V3,
      { ...V3.metadata, "x-amz-c": "AES/GCM/NoPadding" },
      UnsupportedFormatError,
    ],
    ["format 3 with the ranged suite's id", V3, { ...V3.metadata, "x-amz-c": "116" }, UnsupportedFormatError],
    ...["01", "11", "21", "2", "AES/GCM"].map((code): [string, ObjectVector, Metadata, ErrorClass] => [
      `wrapping code ${code}`,
      V3,
      { ...V3.metadata, "x-amz-w": code },
      UnsupportedFormatError,
    ]),
    ["an unknown wrapping", V2, { ...V2.metadata, "x-amz-wrap-alg": "ROT13" }, UnsupportedFormatError],
    [
      "a wrapping named like a property of every object",
      V2,
      { ...V2.metadata, "x-amz-wrap-alg": "constructor" },
      UnsupportedFormatError,
    ],
    ["another tag length", V2, { ...V2.metadata, "x-amz-tag-len": "96" }, InvalidEnvelopeError],
    ["an iv of zeros", V2, { ...V2.metadata, "x-amz-iv": "AAAAAAAAAAAAAAAA" }, InvalidEnvelopeError],
    [
      "a message id of zeros",
      V3,
      { ...V3.metadata, "x-amz-i": Buffer.alloc(28).toString("base64") },
      InvalidEnvelopeError,
    ],
    [
      "an iv of another length",
      V2,
      { ...V2.metadata, "x-amz-iv": "AAECAwQFBgcICQoLDA==" },
      InvalidEnvelopeError,
    ],
    [
      "a commitment that is not base64 (Go: notvalidbase64)",
      V3,
      { ...V3.metadata, "x-amz-d": "notvalidbase64" },
      InvalidEnvelopeError,
    ],
    [
      "base64 of the other alphabet",
      V3,
      { ...V3.metadata, "x-amz-i": (V3.metadata["x-amz-i"] ?? "").replace("+", "-") },
      InvalidEnvelopeError,
    ],
    [
      "base64 with bits to spare",
      V3,
      { ...V3.metadata, "x-amz-i": (V3.metadata["x-amz-i"] ?? "").replace("Q==", "R==") },
      InvalidEnvelopeError,
    ],
    ["a context that is no map of text", V3, { ...V3.metadata, "x-amz-m": '{"a":1}' }, InvalidEnvelopeError],
    ["a context that is no JSON", V3, { ...V3.metadata, "x-amz-m": "{" }, InvalidEnvelopeError],
  ];
  for (const [what, vector, metadata, expected] of cases)
    test(what, () => rejects(vector, { metadata }, expected).then());

  for (const length of [0, 27, 29]) {
    test(`a commitment of ${length} bytes`, async () => {
      const value = Buffer.alloc(length, 1).toString("base64");
      await rejects(V3, { metadata: { ...V3.metadata, "x-amz-d": value } }, InvalidEnvelopeError);
    });
    test(`a message id of ${length} bytes`, async () => {
      const value = Buffer.alloc(length, 1).toString("base64");
      await rejects(V3, { metadata: { ...V3.metadata, "x-amz-i": value } }, InvalidEnvelopeError);
    });
  }

  for (const vector of [V1, V2, V3]) {
    for (const name of Object.keys(vector.metadata).filter((each) => !/-m$|matdesc|tag-len/.test(each))) {
      test(`${vector.name} without ${name}`, () =>
        rejects(vector, { metadata: without(vector.metadata, name) }, S3EncryptionClientError).then());
    }
  }
});

suite("§2.2 instruction files", () => {
  const content = {
    "x-amz-c": "115",
    "x-amz-d": V3.metadata["x-amz-d"] ?? "",
    "x-amz-i": V3.metadata["x-amz-i"] ?? "",
  };
  const keys = { "x-amz-3": V3.metadata["x-amz-3"] ?? "", "x-amz-w": "02", "x-amz-m": "{}" };
  const cases: readonly [string, Metadata, object | string, ErrorClass][] = [
    ...Object.entries(content).map(([name, value]): [string, Metadata, object, ErrorClass] => [
      `${name} repeated in the file`,
      content,
      { ...keys, [name]: value },
      InvalidInstructionFileError,
    ]),
    ["c, d and i in the file alone", {}, { ...content, ...keys }, InvalidInstructionFileError],
    ["a commitment missing from the object", without(content, "x-amz-d"), keys, InvalidEnvelopeError],
    ["format 2 keys for a format 3 object", content, V2.metadata, InvalidInstructionFileError],
    ["format 1 keys for a format 3 object", content, V1.metadata, InvalidInstructionFileError],
    [
      "format 2 keys, with an iv at the object",
      { "x-amz-iv": V2.metadata["x-amz-iv"] ?? "" },
      V2.metadata,
      InvalidEnvelopeError,
    ],
    [
      "format 2 keys, with a content algorithm at the object",
      { "x-amz-cek-alg": "AES/GCM/NoPadding" },
      V2.metadata,
      InvalidEnvelopeError,
    ],
    ["keys of two formats", {}, { ...V2.metadata, ...V1.metadata }, InvalidInstructionFileError],
    ["an unknown name", content, { ...keys, surprise: "x" }, InvalidInstructionFileError],
    ["no data key", content, { "x-amz-w": "02" }, InvalidInstructionFileError],
    ["not JSON", content, "{", InvalidInstructionFileError],
    ["a list", content, "[]", InvalidInstructionFileError],
    ["a value that is no text", content, { ...keys, "x-amz-m": {} }, InvalidInstructionFileError],
    [
      "more than any writer makes",
      content,
      `{"x-amz-3":"${"A".repeat(70_000)}"}`,
      InvalidInstructionFileError,
    ],
  ];
  for (const [what, metadata, file, expected] of cases)
    test(what, () => rejects(V3, { metadata }, expected, ALL_FLAGS, file).then());
  test("none at all", () => rejects(V3, { metadata: {} }, MissingInstructionFileError).then());
  test("reading them is off", () =>
    rejects(
      V3,
      { metadata: content },
      MissingInstructionFileError,
      { instructionFiles: { read: false } },
      keys,
    ).then());
  test("keys exchanged for another object's: the commitment does not fit", async () => {
    const s3 = new MemoryS3();
    const { client } = sampleClient({ instructionFiles: { write: true } }, s3);
    await client.send(new PutObjectCommand({ ...TARGET, Body: "first" }));
    await client.send(new PutObjectCommand({ Bucket: "bucket", Key: "other", Body: "second" }));
    s3.objects.set("bucket/key.instruction", s3.object("bucket/other.instruction"));
    await assert.rejects(read(client), KeyCommitmentError);
  });
});
