import assert from "node:assert/strict";
import { createCipheriv, createSecretKey, randomBytes } from "node:crypto";
import { test } from "node:test";
import { dareSizeBytes, openDare, openDareBytes } from "./dare.ts";

const key = createSecretKey(randomBytes(32));
const PAYLOAD_BYTES = 65_536;

/** docs/format/minio-folder.md §4, from the writer's side. */
function seal(plaintext: Buffer): Buffer[] {
  const shared = randomBytes(12);
  shared[0] = (shared[0] ?? 0) & 0x7f;
  const count = Math.ceil(plaintext.length / PAYLOAD_BYTES);
  return Array.from({ length: count }, (_, at) => {
    const payload = plaintext.subarray(at * PAYLOAD_BYTES, (at + 1) * PAYLOAD_BYTES);
    const header = Buffer.concat([Buffer.from([0x20, 0, 0, 0]), shared]);
    header.writeUInt16LE(payload.length - 1, 2);
    if (at === count - 1) header[4] = (header[4] ?? 0) | 0x80;
    const nonce = Buffer.from(header.subarray(4));
    nonce.writeUInt32LE((nonce.readUInt32LE(8) ^ at) >>> 0, 8);
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    cipher.setAAD(header.subarray(0, 4));
    const sealed = Buffer.concat([cipher.update(payload), cipher.final()]);
    return Buffer.concat([header, sealed, cipher.getAuthTag()]);
  });
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const openAll = async (packages: readonly Buffer[], size = 10_000): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(openDare(inPieces(Buffer.concat(packages), size), key)));

test("§4: what was sealed opens, in pieces of any size and at once", async () => {
  for (const sizeBytes of [0, 1, PAYLOAD_BYTES - 1, PAYLOAD_BYTES, PAYLOAD_BYTES + 1, 3 * PAYLOAD_BYTES]) {
    const plaintext = randomBytes(sizeBytes);
    const packages = seal(plaintext);
    assert.equal(Buffer.concat(packages).length, dareSizeBytes(sizeBytes));
    for (const size of [1_000, PAYLOAD_BYTES, 1 << 20])
      assert.ok((await openAll(packages, size)).equals(plaintext));
    assert.ok(openDareBytes(Buffer.concat(packages), key).equals(plaintext));
  }
});

test("§4: cut off, changed, moved, repeated or of another sequence: refused", async () => {
  const packages = seal(randomBytes(3 * PAYLOAD_BYTES));
  const [first, second, third] = packages;
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  const flipped = Buffer.from(second);
  flipped[100] = (flipped[100] ?? 0) ^ 1;
  const [, foreign] = seal(randomBytes(3 * PAYLOAD_BYTES));
  assert.ok(foreign !== undefined);
  const bad: readonly (readonly Buffer[])[] = [
    [first, second],
    [first, third],
    [second, first, third],
    [first, second, second, third],
    [first, second, third, third],
    [first, flipped, third],
    [first, foreign, third],
    [first, second, third.subarray(0, -1)],
    [Buffer.concat([Buffer.from([0x30]), first.subarray(1)]), second, third],
  ];
  for (const [at, each] of bad.entries()) {
    await assert.rejects(openAll(each), { code: "Damaged" }, `case ${at}`);
  }
});
