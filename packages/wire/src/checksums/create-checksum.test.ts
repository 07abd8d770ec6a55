import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import {
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  type CrcAlgorithm,
  checksumAlgorithmOfHeader,
  checksumHeaderName,
  digestSizeBytes,
  parseChecksumValue,
} from "./algorithms.ts";
import { combineCrc } from "./combine-crc.ts";
import { CRC32C_POLYNOMIAL, CRC64NVME_POLYNOMIAL } from "./crc-tables.ts";
import { createChecksum } from "./create-checksum.ts";

const VECTORS = new URL("../../../../vectors/wire/checksums.json", import.meta.url);
type Case = { readonly text: string } & Readonly<Partial<Record<ChecksumAlgorithm, string>>>;
const { cases } = JSON.parse(readFileSync(VECTORS, "utf8")) as { cases: readonly Case[] };

function digestOf(algorithm: ChecksumAlgorithm | "MD5", ...pieces: readonly Uint8Array[]): Buffer {
  const checksum = createChecksum(algorithm);
  for (const piece of pieces) checksum.update(piece);
  return checksum.digest();
}

/** The CRC bit by bit, straight from its definition. */
function slowCrc(polynomial: bigint, bits: bigint, bytes: Uint8Array): bigint {
  const ones = (1n << bits) - 1n;
  let crc = ones;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
  }
  return crc ^ ones;
}

test("vectors of others", (context) => {
  let checked = 0;
  for (const { text, ...digests } of cases) {
    for (const algorithm of CHECKSUM_ALGORITHMS) {
      const expected = digests[algorithm];
      if (expected === undefined) continue;
      assert.equal(
        digestOf(algorithm, Buffer.from(text)).toString("base64"),
        expected,
        `${algorithm} of ${text}`,
      );
      checked += 1;
    }
  }
  context.diagnostic(`${checked} digests checked`);
  assert.ok(checked >= 16);
});

test("CRCs agree with their definition at every length around the slices", () => {
  for (let size = 0; size < 70; size += 1) {
    const bytes = Buffer.from(Array.from({ length: size }, (_, index) => (index * 167 + size) & 0xff));
    const crc64 = digestOf("CRC64NVME", bytes).readBigUInt64BE();
    assert.equal(crc64, slowCrc(CRC64NVME_POLYNOMIAL, 64n, bytes));
    assert.equal(BigInt(digestOf("CRC32C", bytes).readUInt32BE()), slowCrc(CRC32C_POLYNOMIAL, 32n, bytes));
    assert.equal(digestOf("CRC32", bytes).readUInt32BE(), crc32(bytes));
  }
});

test("digest(a, b) = digest(a‖b), however the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 6 }), (pieces) => {
      for (const algorithm of [...CHECKSUM_ALGORITHMS, "MD5"] as const) {
        assert.ok(digestOf(algorithm, ...pieces).equals(digestOf(algorithm, Buffer.concat(pieces))));
      }
    }),
  );
  const large = Buffer.alloc(300_001, "strongroom");
  for (const algorithm of ["CRC32", "CRC32C", "CRC64NVME"] as const) {
    const cut = [large.subarray(0, 131_071), large.subarray(131_071, 131_073), large.subarray(131_073)];
    assert.ok(digestOf(algorithm, large).equals(digestOf(algorithm, ...cut)));
  }
});

test("running checksums do not disturb each other", () => {
  const a = createChecksum("CRC64NVME");
  const b = createChecksum("CRC64NVME");
  a.update(Buffer.from("test-"));
  b.update(Buffer.from("abc"));
  a.update(Buffer.from("checksum"));
  b.update(Buffer.from("defg"));
  assert.equal(a.digest().toString("base64"), "1f2xscCCZCU=");
  assert.equal(b.digest().toString("base64"), "SmzZ/LTp1CA=");
});

test("combine(crc(a), crc(b), |b|) = crc(a‖b)", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
      for (const algorithm of ["CRC32", "CRC32C", "CRC64NVME"] as const satisfies CrcAlgorithm[]) {
        const combined = combineCrc(algorithm, digestOf(algorithm, a), digestOf(algorithm, b), b.length);
        assert.ok(combined.equals(digestOf(algorithm, a, b)));
      }
    }),
  );
});

test("combining takes lengths up to 5 TiB", () => {
  const zero = digestOf("CRC64NVME", Buffer.alloc(1));
  const sizeBytes = 5 * 2 ** 40;
  const half = combineCrc("CRC64NVME", zero, Buffer.alloc(8), sizeBytes / 2);
  const twice = combineCrc("CRC64NVME", half, Buffer.alloc(8), sizeBytes / 2);
  assert.ok(twice.equals(combineCrc("CRC64NVME", zero, Buffer.alloc(8), sizeBytes)));
  assert.throws(() => combineCrc("CRC32", zero, zero, 1), TypeError);
});

test("checksum values are canonical base64 of the exact length", () => {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const digest = digestOf(algorithm, Buffer.from("x"));
    const text = digest.toString("base64");
    assert.equal(digest.length, digestSizeBytes(algorithm));
    assert.deepEqual(parseChecksumValue(algorithm, text), digest);
    for (const bad of [
      "",
      " ",
      `${text} `,
      text.slice(0, -1),
      `${text}AAAA`,
      text.slice(4),
      "!".repeat(text.length),
    ]) {
      assert.equal(parseChecksumValue(algorithm, bad), undefined);
    }
    assert.equal(checksumAlgorithmOfHeader(checksumHeaderName(algorithm)), algorithm);
  }
  assert.equal(checksumAlgorithmOfHeader("x-amz-checksum-type"), undefined);
});

test("CRC64NVME joins its stripes, at every border and however the message comes", () => {
  for (const size of [4095, 4096, 16_383, 16_384, 16_385, 32_768, 131_072, 147_457]) {
    const bytes = Buffer.from(
      Array.from({ length: size }, (_, index) => (index * 167 + (index >> 8)) & 0xff),
    );
    const expected = slowCrc(CRC64NVME_POLYNOMIAL, 64n, bytes);
    assert.equal(digestOf("CRC64NVME", bytes).readBigUInt64BE(), expected, `${size} bytes`);
    const inPieces = createChecksum("CRC64NVME");
    for (let at = 0; at < size; at += 20_000) inPieces.update(bytes.subarray(at, at + 20_000));
    assert.equal(inPieces.digest().readBigUInt64BE(), expected, `${size} bytes in pieces`);
  }
});
