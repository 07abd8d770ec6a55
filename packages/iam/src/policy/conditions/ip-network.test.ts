import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseIpAddress, parseIpRange } from "./ip-network.ts";

const contains = (range: string, address: string): boolean => {
  const parsed = parseIpAddress(address);
  return parsed !== null && (parseIpRange(range)?.contains(parsed) ?? false);
};

test("an address is its number, however it is written", () => {
  const value = (text: string): unknown => parseIpAddress(text);
  assert.deepEqual(value("255.0.0.1"), { bits: 32, value: 0xff00_0001n });
  assert.deepEqual(value("::ffff:255.0.0.1"), value("255.0.0.1"));
  assert.deepEqual(value("::FFFF:ff00:1"), value("255.0.0.1"));
  assert.deepEqual(value("1::2"), { bits: 128, value: (1n << 112n) | 2n });
  assert.deepEqual(value("1:0:0:0:0:0:0:2"), value("1::2"));
  assert.deepEqual(value("::1.2.3.4"), { bits: 128, value: 0x0102_0304n });
  assert.deepEqual(value("fe80::1%eth0"), value("fe80::1"));
  for (const text of [
    "",
    "1.2.3",
    "1.2.3.256",
    "01.2.3.4",
    "1::2::3",
    "g::",
    "1.2.3.4/8",
    "::1/8",
    " 1.2.3.4",
  ]) {
    assert.equal(value(text), null, text);
  }
});

test("a range holds the addresses that share its first bits, and no others", () => {
  const bytes = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
  const toNumber = (parts: readonly number[]): number => parts.reduce((sum, part) => sum * 256 + part, 0);
  fc.assert(
    fc.property(bytes, bytes, fc.nat(32), (base, address, prefix) => {
      const size = 2 ** (32 - prefix);
      const expected = Math.floor(toNumber(base) / size) === Math.floor(toNumber(address) / size);
      assert.equal(contains(`${base.join(".")}/${prefix}`, address.join(".")), expected);
      assert.equal(contains(`::ffff:${base.join(".")}/${96 + prefix}`, address.join(".")), expected);
    }),
  );
});

test("IPv4 and IPv6 ranges never hold each other's addresses", () => {
  for (const [range, address, expected] of [
    ["::/0", "1.2.3.4", false],
    ["::ffff:0:0/95", "1.2.3.4", false],
    ["0.0.0.0/0", "::1", false],
    ["::/0", "::1", true],
    ["::ffff:0:0/96", "1.2.3.4", true],
  ] as const) {
    assert.equal(contains(range, address), expected, range);
  }
});
