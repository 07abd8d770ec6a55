import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ANY_ONE, ANY_RUN, compileWildcard, type PatternToken, parseWildcards } from "./wildcard.ts";

const matches = (pattern: string, text: string): boolean => compileWildcard(parseWildcards(pattern))(text);

test("a star is any run, a question mark one character, everything else itself", () => {
  for (const [pattern, text, expected] of [
    ["*", "", true],
    ["*", "anything:at/all", true],
    ["", "", true],
    ["", "a", false],
    ["abc", "abc", true],
    ["abc", "abcd", false],
    ["a*", "a", true],
    ["a*c", "abc", true],
    ["a*c", "ac", true],
    ["a*c", "abcd", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["*b*", "abc", true],
    ["*ab*ab*", "abab", true],
    ["*ab*ab*", "aba", false],
    ["a**b", "ab", true],
    ["*?*", "", false],
    ["*.csv", "a.csv.csv", true],
    ["ab*ba", "aba", false],
    ["a.c", "abc", false],
    ["arn:aws:s3:::b/*", "arn:aws:s3:::b/x:y/z", true],
  ] as const) {
    assert.equal(matches(pattern, text), expected, `${pattern} on ${text}`);
  }
});

/** The definition itself, by dynamic programming: slow and obvious. */
function matchesByDefinition(tokens: readonly PatternToken[], text: string): boolean {
  const units = tokens.flatMap<PatternToken>((token) => (typeof token === "string" ? [...token] : [token]));
  let reached = new Set([0]);
  for (const unit of units) {
    const next = new Set<number>();
    for (const at of reached) {
      if (unit === ANY_RUN) for (let to = at; to <= text.length; to += 1) next.add(to);
      else if (at < text.length && (unit === ANY_ONE || unit === text[at])) next.add(at + 1);
    }
    reached = next;
  }
  return reached.has(text.length);
}

const pieces = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 40 }),
  fc.constant(ANY_RUN),
  fc.constant(ANY_ONE),
);

test("matching is the definition of matching", () => {
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 9 }),
      fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 60 }),
      (tokens, text) => compileWildcard(tokens)(text) === matchesByDefinition(tokens, text),
    ),
    { numRuns: 2000 },
  );
});

test("a text made from the pattern matches", () => {
  const filled = fc.array(
    fc.oneof(
      fc.string({ maxLength: 90 }).map((text) => ({ token: text as PatternToken, text })),
      fc.string({ maxLength: 90 }).map((text) => ({ token: ANY_RUN as PatternToken, text })),
      fc.string({ minLength: 1, maxLength: 1 }).map((text) => ({ token: ANY_ONE as PatternToken, text })),
    ),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(filled, (parts) =>
      compileWildcard(parts.map(({ token }) => token))(parts.map(({ text }) => text).join("")),
    ),
  );
});

test("patterns built to explode end at once", () => {
  const text = "a".repeat(2000);
  for (const pattern of [
    `${"*a".repeat(900)}*b`,
    `*${"a?".repeat(450)}b*`,
    `*${"?a".repeat(450)}*b`,
    `*${"a".repeat(1500)}b*`,
    `${"*".repeat(10_000)}b`,
    `*${"?".repeat(1999)}b*`,
    `*${"a?".repeat(5)}${"*a?".repeat(300)}*bb`,
  ]) {
    for (let round = 0; round < 20; round += 1) assert.equal(matches(pattern, text), false);
  }
  assert.equal(matches(`*${"a?".repeat(900)}*`, text), true);
});

test("a long stretch of many different characters takes memory in its length, not in its square", () => {
  const characters = Array.from({ length: 6000 }, (_, at) => String.fromCharCode(0x4e00 + at)).join("");
  const matcher = compileWildcard(parseWildcards(`*${characters}?*`));
  assert.equal(matcher(`xx${characters}yy`), true);
  assert.equal(matcher(`xx${characters}`), false);
});
