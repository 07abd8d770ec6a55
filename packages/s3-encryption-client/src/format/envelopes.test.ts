import assert from "node:assert/strict";
import { hkdfSync } from "node:crypto";
import { suite, test } from "node:test";
import fc from "fast-check";
import { deriveCommitment, deriveContentKey } from "../content/key-commitment.ts";
import { InvalidEnvelopeError } from "../errors.ts";
import {
  CBC_SUITE,
  COMMITTING_GCM_SUITE,
  ciphertextSize,
  GCM_SUITE,
  plaintextSize,
} from "./algorithm-suites.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import type { Envelope } from "./envelope.ts";
import { parseInstructionFile } from "./instruction-file.ts";
import { V1_V2_NAMES, V3_CONTENT_NAMES, V3_KEY_NAMES } from "./metadata-names.ts";
import { parseObjectMetadata } from "./parse-envelope.ts";
import { printToInstructionFile, printToMetadata } from "./print-envelope.ts";

const bytes = (minLength: number, maxLength = minLength) =>
  fc.uint8Array({ minLength, maxLength }).map((each) => new Uint8Array(each));
const notZero = (size: number) => bytes(size).filter((each) => each.some((byte) => byte !== 0));
const contexts = fc.dictionary(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), {
  maxKeys: 4,
});
const wrappings = fc.constantFrom("AES/GCM" as const, "RSA-OAEP-SHA1" as const, "kms+context" as const);
const recipients = fc.array(
  fc.record({ wrappingAlgorithm: wrappings, encryptedDataKey: bytes(1, 300), storedContext: contexts }),
  { maxLength: 3 },
);
const wrapped = { wrappingAlgorithm: wrappings, encryptedDataKey: bytes(1, 600), storedContext: contexts };
const committing: fc.Arbitrary<Envelope> = fc.record({
  formatVersion: fc.constant(3 as const),
  suite: fc.constant(COMMITTING_GCM_SUITE),
  messageId: notZero(28),
  commitment: bytes(28),
  otherRecipients: recipients,
  ...wrapped,
});
const plain: fc.Arbitrary<Envelope> = fc.record({
  formatVersion: fc.constant(2 as const),
  suite: fc.constant(GCM_SUITE),
  iv: notZero(12),
  otherRecipients: fc.constant([]),
  ...wrapped,
});
const same = (left: Envelope, right: Envelope) =>
  assert.deepEqual(JSON.parse(JSON.stringify(left)), JSON.parse(JSON.stringify(right)));

suite("envelopes", () => {
  test("what is printed to metadata parses to the same", () => {
    fc.assert(
      fc.property(fc.oneof(committing, plain), (envelope) => {
        const { objectMetadata, instructionFile } = printToMetadata(envelope);
        assert.equal(instructionFile, null);
        const parsed = parseObjectMetadata(objectMetadata);
        if (parsed.kind !== "whole") return assert.fail(parsed.kind);
        same(parsed.envelope, envelope);
      }),
    );
  });
  test("what is printed to an instruction file parses to the same, and each name is where it belongs", () => {
    fc.assert(
      fc.property(fc.oneof(committing, plain), (envelope) => {
        const { objectMetadata, instructionFile } = printToInstructionFile(envelope);
        const own = parseObjectMetadata(objectMetadata);
        assert.equal(own.kind, envelope.formatVersion === 3 ? "split" : "absent");
        same(
          parseInstructionFile(instructionFile ?? "", own.kind === "split" ? own.content : null),
          envelope,
        );
        assert.deepEqual(Object.keys(objectMetadata), envelope.formatVersion === 3 ? V3_CONTENT_NAMES : []);
      }),
    );
  });
  test("format 3 emits no name of the old formats, and format 2 always a description and a tag length", () => {
    fc.assert(
      fc.property(committing, plain, (v3, v2) => {
        const third = Object.keys(printToMetadata(v3).objectMetadata);
        assert.equal(
          third.some((name) => V1_V2_NAMES.includes(name) || name.startsWith("x-amz-unencrypted")),
          false,
        );
        assert.equal(third.filter((name) => V3_KEY_NAMES.includes(name)).length, 3);
        const second = printToMetadata(v2).objectMetadata;
        assert.equal(second["x-amz-tag-len"], "128");
        assert.notEqual(second["x-amz-matdesc"], undefined);
      }),
    );
  });
  test("names in any case, and empty values are none (Go)", () => {
    const metadata = {
      "X-Amz-Key-V2": "AAAA",
      "x-amz-IV": "AAECAwQFBgcICQoL",
      "X-AMZ-CEK-ALG": "AES/GCM/NoPadding",
      "x-amz-wrap-alg": "AES/GCM",
      "x-amz-3": "",
      "x-amz-m": "",
    };
    assert.equal(parseObjectMetadata(metadata).kind, "whole");
    assert.throws(
      () => parseObjectMetadata({ ...metadata, "x-amz-iv": "BBECAwQFBgcICQoL" }),
      InvalidEnvelopeError,
    );
  });
  test("what old writers tell of the plaintext is tolerated in every format", () => {
    fc.assert(
      fc.property(fc.oneof(committing, plain), (envelope) => {
        const { objectMetadata } = printToMetadata(envelope);
        const told = {
          ...objectMetadata,
          "x-amz-unencrypted-content-length": "5",
          "x-amz-unencrypted-content-md5": "x",
        };
        assert.equal(parseObjectMetadata(told).kind, "whole");
      }),
    );
  });
  test("instruction files with numbers and nulls where Go takes them", () => {
    const file = {
      "x-amz-key-v2": "AAAA",
      "x-amz-iv": "AAECAwQFBgcICQoL",
      "x-amz-cek-alg": "AES/GCM/NoPadding",
      "x-amz-wrap-alg": "AES/GCM",
      "x-amz-matdesc": "{}",
      "x-amz-tag-len": 128,
      "x-amz-unencrypted-content-length": null,
    };
    assert.equal(parseInstructionFile(JSON.stringify(file), null).formatVersion, 2);
  });
});

suite("base64", () => {
  test("decodes what it encodes, and nothing else for the same bytes", () => {
    fc.assert(
      fc.property(bytes(0, 100), (value) => {
        assert.equal(encodeBase64(value), Buffer.from(value).toString("base64"));
        assert.deepEqual(decodeBase64(encodeBase64(value)), value);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const decoded = decodeBase64(text);
        if (decoded !== null) assert.equal(encodeBase64(decoded), text);
      }),
    );
  });
  test("long values do not overflow the stack", () => {
    const value = new Uint8Array(1_000_000).fill(5);
    assert.deepEqual(decodeBase64(encodeBase64(value)), value);
  });
});

suite("sizes", () => {
  test("plaintextSize undoes ciphertextSize", () => {
    fc.assert(
      fc.property(fc.nat(), (size) => {
        for (const each of [GCM_SUITE, COMMITTING_GCM_SUITE])
          assert.equal(plaintextSize(each, ciphertextSize(each, size)), size);
        assert.equal(ciphertextSize(CBC_SUITE, size) % 16, 0);
        assert.equal(ciphertextSize(CBC_SUITE, size) > size, true);
      }),
    );
    assert.equal(plaintextSize(GCM_SUITE, 15), null);
    assert.equal(plaintextSize(CBC_SUITE, 16), null);
  });
});

suite("§9.1 key derivation (Amazon S3 Encryption Client for Go v4, internal/key_derivation_test.go)", () => {
  const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
  const cases = [
    [
      "80d90dc4cc7e77d8a6332efa44eba56230a7fe7b89af37d1e501ab2e07c0a163",
      "b8ea76bed24c7b85382a148cb9dcd1cfdfb765f55ded4dfa6e0c4c79",
      "6dd14f546cc006e639126e83f5d4d1b118576bb5df97f38c6fb3a1db87bbc338",
      "f89818bc0a346d3a3426b68e9509b6b2ae5fe1f904aa329fb73625db",
    ],
    [
      "501afb8227d22e75e68010414b8abdaf3064c081e8e922dafef4992036394d60",
      "61a00b4981a5aacfd136c55cb726e32d2a547dc7600a7d4675c69127",
      "e14786a714748d1d2c3a4a6816dec56ddf1881bbeabb4f39420ffb9f63700b2f",
      "5c1e73e47f6fe3a70d6d094283aceaa76d2975feb829212d88f0afc1",
    ],
  ] as const;
  for (const [dataKey, messageId, contentKey, commitment] of cases) {
    test(`message id ${messageId.slice(0, 8)}…`, async () => {
      assert.deepEqual(await deriveContentKey(hex(dataKey), hex(messageId)), hex(contentKey));
      assert.deepEqual(await deriveCommitment(hex(dataKey), hex(messageId)), hex(commitment));
    });
  }
  test("is HKDF-SHA-512 (RFC 5869) with the suite's id in the info", async () => {
    await fc.assert(
      fc.asyncProperty(bytes(32), bytes(28), async (dataKey, messageId) => {
        const expected = hkdfSync(
          "sha512",
          dataKey,
          messageId,
          Buffer.from("\x00\x73DERIVEKEY", "latin1"),
          32,
        );
        assert.deepEqual(await deriveContentKey(dataKey, messageId), new Uint8Array(expected));
      }),
      { numRuns: 20 },
    );
  });
});
