import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeWords, encodeWord } from "./encoded-word.ts";

test("encoded words are decoded for keeping and encoded for answering, as recorded of S3", () => {
  const cases: readonly [string, string][] = [
    ["=?UTF-8?B?YWJj?=", "abc"],
    ["=?UTF-8?Q?actually-ascii?=", "actually-ascii"],
    ["=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=", "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?="],
    ["=?UTF-8?B?AAECAw==?=", "=?UTF-8?B?AAECAw==?="],
    ["=?UTF-8?B?/2H/?=", "=?UTF-8?B?77+9Ye+/vQ==?="],
    ["!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"],
    ["non-ascii-%E2%80%94_—_é_", "=?UTF-8?Q?non-ascii-%E2%80%94=5F=E2=80=94=5F=C3=A9=5F?="],
    // Raw UTF-8 arrives as latin1 characters, and is answered as such.
    ["Ã\u0084MÃ\u0084ZÃ\u0095Ã\u0091 S3", "=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?="],
  ];
  for (const [sent, answered] of cases) assert.equal(encodeWord(decodeWords(sent)), answered);
});

test("several words, other charsets, and text that only looks encoded", () => {
  assert.equal(decodeWords("=?UTF-8?Q?a_b?= =?ISO-8859-1?Q?=E9?="), "a bé");
  assert.equal(decodeWords("x =?UTF-8?B?w6k=?= y"), "x é y");
  for (const text of ["=?KOI8-R?B?8A==?=", "=?", "a=?b", "=?UTF-8?X?a?="])
    assert.equal(decodeWords(text), text);
});

test("law: decoding undoes encoding, and what is encoded can stand in a header", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      fc.pre(!text.includes("=?"));
      const encoded = encodeWord(text);
      assert.match(encoded, /^[\t\x20-\x7e]*$/);
      assert.equal(decodeWords(encoded), text);
    }),
  );
});
