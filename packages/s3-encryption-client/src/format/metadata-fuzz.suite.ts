// A million and more changed envelopes: each parses, or throws one of this library's own errors. Nothing else may happen.
//   STRONGROOM_FUZZ_INPUTS, STRONGROOM_FUZZ_SEED   how many, and where to start from
import assert from "node:assert/strict";
import { test } from "node:test";
import { S3EncryptionClientError } from "../errors.ts";
import { readObjectVectors } from "../testing/read-vectors.ts";
import { parseInstructionFile } from "./instruction-file.ts";
import { RESERVED_NAMES } from "./metadata-names.ts";
import { decodeHeaderText } from "./metadata-text.ts";
import { parseObjectMetadata } from "./parse-envelope.ts";
import { parseRecipients } from "./recipients.ts";

const INPUTS = Number(process.env["STRONGROOM_FUZZ_INPUTS"] ?? 1_200_000);
const SEED = Number(process.env["STRONGROOM_FUZZ_SEED"] ?? Date.now() % 2 ** 31);

type Metadata = Record<string, string>;

/** Small numbers that follow from a seed: a failure can be run again. */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** From 0 to `limit` - 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  pick<T>(items: readonly T[]): T {
    const picked = items[this.below(items.length)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  }
}

const NAMES = [...RESERVED_NAMES, "user", "__proto__", "constructor", "X-Amz-Key", "x-amz-KEY-v2", "X-AMZ-3"];
const VALUES = [
  "",
  " ",
  "0",
  "115",
  "116",
  "02",
  "12",
  "22",
  "96",
  "128",
  "-1",
  "NaN",
  "null",
  "[]",
  "{}",
  '{"a":"b"}',
  '{"a":1}',
  '{"__proto__":"x"}',
  '{"a":{"b":"c"}}',
  "[".repeat(5000),
  "{".repeat(5000),
  '{"a":'.repeat(3000),
  "=",
  "==",
  "====",
  "A===",
  "AAAA",
  "AAA=",
  "AA==",
  "AB==",
  "=?UTF-8?B?eyJlYy1rZXkiOiLDpsKIwpEifQ==?=",
  "=?UTF-8?Q?=C3=?=",
  "=?UTF-8?B?%%%?=",
  "=?latin1?Q?a?=",
  "=?UTF-8?Q??=",
  "é",
  "我",
  "\ud800",
  "\0",
  "\r\n",
  "x".repeat(40_000),
  "A".repeat(8192),
  "AES/GCM/NoPadding",
  "AES/CBC/PKCS5Padding",
  "AES/CTR/NoPadding",
  "AES/GCM",
  "AESWrap",
  "AES",
  "RSA",
  "RSA-OAEP-SHA1",
  "kms",
  "kms+context",
  "constructor",
  "toString",
  '[["02","AAAA",{}]]',
  '[["02","AAAA",{"a":1}]]',
  "[[]]",
  `[${'["02","AAAA",{}],'.repeat(20)}["02","AAAA",{}]]`,
  "AAAAAAAAAAAAAAAA",
  `${"A".repeat(37)}=`,
  `${"A".repeat(36)}==`,
  "B".repeat(38),
];

function mutateText(chance: Chance, text: string): string {
  const at = chance.below(text.length + 1);
  switch (chance.below(6)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return (
        text.slice(0, at) +
        String.fromCharCode(chance.below(chance.below(2) === 0 ? 0x80 : 0x10000)) +
        text.slice(at)
      );
    case 2:
      return text.slice(0, at) + String.fromCharCode(chance.below(0x100)) + text.slice(at + 1);
    case 3:
      return text + text.slice(at);
    case 4:
      return text.slice(at) + text.slice(0, at);
    default:
      return chance.pick(VALUES);
  }
}

function mutate(chance: Chance, base: Readonly<Metadata>): Metadata {
  const metadata: Metadata = { ...base };
  for (let count = 1 + chance.below(3); count > 0; count--) {
    const names = Object.keys(metadata);
    const name = names.length > 0 && chance.below(3) > 0 ? chance.pick(names) : chance.pick(NAMES);
    if (chance.below(4) === 0) delete metadata[name];
    else
      metadata[name] =
        chance.below(3) === 0
          ? chance.pick(VALUES)
          : mutateText(chance, Object.hasOwn(metadata, name) ? (metadata[name] ?? "") : "");
  }
  return metadata;
}

function tally(outcomes: Map<string, number>, run: () => unknown, describe: () => string): void {
  let outcome = "parsed";
  try {
    run();
  } catch (error) {
    assert.equal(
      error instanceof S3EncryptionClientError,
      true,
      `${String(error)} for ${describe()} (seed ${SEED})`,
    );
    outcome = (error as S3EncryptionClientError).code;
  }
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
}

function requireVariety(outcomes: ReadonlyMap<string, number>, total: number): void {
  console.log(`${total} inputs from seed ${SEED}: ${JSON.stringify(Object.fromEntries(outcomes))}`);
  assert.equal(
    [...outcomes.values()].reduce((sum, count) => sum + count, 0),
    total,
  );
  assert.equal(outcomes.size >= 3, true, "the inputs reach more than one outcome");
}

test(`object metadata: ${INPUTS} inputs`, () => {
  const chance = new Chance(SEED);
  const bases = readObjectVectors().map(({ metadata }) => metadata);
  const outcomes = new Map<string, number>();
  for (let count = 0; count < INPUTS; count++) {
    const metadata = mutate(chance, chance.pick(bases));
    tally(
      outcomes,
      () => parseObjectMetadata(metadata),
      () => JSON.stringify(metadata).slice(0, 2000),
    );
  }
  requireVariety(outcomes, INPUTS);
});

test(`instruction files: ${INPUTS / 4} inputs`, () => {
  const chance = new Chance(SEED + 1);
  const bases = readObjectVectors().map(({ metadata }) => {
    const { "x-amz-c": _c, "x-amz-d": _d, "x-amz-i": _i, ...keys } = metadata;
    return keys;
  });
  const content = { messageId: new Uint8Array(28).fill(1), commitment: new Uint8Array(28) };
  const outcomes = new Map<string, number>();
  for (let count = 0; count < INPUTS / 4; count++) {
    const printed = JSON.stringify(mutate(chance, chance.pick(bases)));
    const text = chance.below(3) === 0 ? mutateText(chance, printed) : printed;
    const half = chance.below(2) === 0 ? content : null;
    tally(
      outcomes,
      () => parseInstructionFile(text, half),
      () => text.slice(0, 2000),
    );
  }
  requireVariety(outcomes, INPUTS / 4);
});

test("text and recipients never throw", () => {
  const chance = new Chance(SEED + 2);
  let parsed = 0;
  for (let count = 0; count < INPUTS / 4; count++) {
    const text = mutateText(chance, mutateText(chance, chance.pick(VALUES)));
    assert.equal(typeof decodeHeaderText(text), "string");
    if (parseRecipients(text) !== null) parsed++;
  }
  assert.equal(parsed > 0, true);
});
