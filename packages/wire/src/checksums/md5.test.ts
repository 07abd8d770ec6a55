import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { createMd5, type RunningMd5 } from "./md5.ts";

const expected = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");

// RFC 1321 §A.5
const SUITE: Readonly<Record<string, string>> = {
  "": "d41d8cd98f00b204e9800998ecf8427e",
  a: "0cc175b9c0f1b6a831c399e269772661",
  abc: "900150983cd24fb0d6963f7d28e17f72",
  "message digest": "f96b697d7cb7938d525a2f31aaf161d0",
  abcdefghijklmnopqrstuvwxyz: "c3fcd3d76192e4007dfb496cca67e13b",
  ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789: "d174ab98d277d9f5a5611c2c9f419d9f",
};

test("RFC 1321 §A.5: the test suite", () => {
  for (const [message, digest] of Object.entries(SUITE)) {
    const md5 = createMd5();
    for (const letter of message) md5.update(Buffer.from(letter));
    assert.equal(md5.digest().toString("hex"), digest);
  }
});

test("every size around block and lane borders, in one piece and in two", () => {
  for (const size of [
    0, 1, 55, 56, 57, 63, 64, 65, 8191, 8192, 8193, 32_767, 32_768, 32_769, 262_144, 300_001,
  ]) {
    const bytes = randomBytes(size);
    const whole = createMd5();
    whole.update(bytes);
    assert.equal(whole.digest().toString("hex"), expected(bytes), `${size} bytes`);
    const halves = createMd5();
    halves.update(bytes.subarray(0, size >> 1));
    halves.update(bytes.subarray(size >> 1));
    assert.equal(halves.digest().toString("hex"), expected(bytes), `${size} bytes in two`);
  }
});

test("messages that come in together, in any order, do not mix", () => {
  const step = fc.record({ message: fc.nat(5), size: fc.nat(70_000) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.nat(5), (steps, abandoned) => {
      const messages = Array.from({ length: 6 }, () => ({ md5: createMd5(), pieces: [] as Buffer[] }));
      for (const { message, size } of steps) {
        const piece = randomBytes(size);
        messages[message]?.md5.update(piece);
        messages[message]?.pieces.push(piece);
      }
      messages[abandoned]?.md5[Symbol.dispose]();
      for (const [at, { md5, pieces }] of messages.entries()) {
        if (at === abandoned) continue;
        assert.equal(md5.digest().toString("hex"), expected(Buffer.concat(pieces)));
      }
    }),
    { numRuns: 50 },
  );
});

test("a long message is not put off beyond its share of memory", () => {
  const md5: RunningMd5 & { readonly pendingBytes?: number } = createMd5();
  const piece = randomBytes(100_000);
  for (let count = 0; count < 20; count++) {
    md5.update(piece);
    assert.ok((md5.pendingBytes ?? Number.POSITIVE_INFINITY) <= 1024 * 1024);
  }
  assert.equal(
    md5.digest().toString("hex"),
    expected(Buffer.concat(Array.from({ length: 20 }, () => piece))),
  );
});
