import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { decodeHeaderText, equalTextMaps, parseTextMap, printTextMap } from "./metadata-text.ts";

const maps = fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), { maxKeys: 5 });
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
/** What S3 makes of a header's bytes: each is a Latin-1 character, and those are given back as UTF-8 in an encoded word. */
const asS3Returns = (text: string, encoding: "B" | "Q") => {
  const twice = Buffer.from(latin1(Buffer.from(text)), "utf8");
  if (encoding === "B") return `=?UTF-8?B?${twice.toString("base64")}?=`;
  const quoted = [...twice].map((byte) =>
    byte > 0x20 && byte < 0x7f && !"=?_".includes(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : byte === 0x20
        ? "_"
        : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  );
  return `=?UTF-8?Q?${quoted.join("")}?=`;
};

suite("§1.7 text in metadata", () => {
  test("the worked example", () => {
    assert.equal(decodeHeaderText("=?UTF-8?B?eyJlYy1rZXkiOiLDpsKIwpEifQ==?="), '{"ec-key":"我"}');
  });
  test("what is printed is ASCII without encoded words, and parses to the same pairs", () => {
    fc.assert(
      fc.property(maps, (map) => {
        const printed = printTextMap(map);
        assert.match(printed, /^[\x20-\x7e]*$/);
        assert.equal(printed.includes("=?"), false);
        assert.equal(decodeHeaderText(printed), printed);
        const parsed = parseTextMap(printed);
        assert.equal(parsed !== null && equalTextMaps(parsed, map), true);
      }),
    );
  });
  test("what others write in UTF-8 comes back whole from S3, in either encoding, and from servers that send bytes", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" })), (map) => {
        const text = JSON.stringify(map);
        const hasOther = /[^\x20-\x7e]/.test(text);
        if (!hasOther) return;
        assert.equal(decodeHeaderText(asS3Returns(text, "B")), text);
        assert.equal(decodeHeaderText(asS3Returns(text, "Q")), text);
        assert.equal(decodeHeaderText(latin1(Buffer.from(text))), text);
      }),
    );
  });
  test("a character cut between two encoded words is whole again", () => {
    const twice = Buffer.from(latin1(Buffer.from("我我")), "utf8");
    const words = [twice.subarray(0, 3), twice.subarray(3)].map(
      (part) => `=?utf-8?b?${part.toString("base64")}?=`,
    );
    assert.equal(decodeHeaderText(words.join(" ")), "我我");
  });
  test("ASCII that looks like a word inside JSON stays as it is", () => {
    const text = '{"a":"=?UTF-8?B?QUJD?="}';
    assert.equal(decodeHeaderText(text), text);
  });
  test("absent and empty are no pairs; anything but an object of text is none", () => {
    assert.deepEqual({ ...parseTextMap(undefined) }, {});
    assert.deepEqual({ ...parseTextMap("") }, {});
    for (const text of ["[]", "null", "1", '"x"', '{"a":1}', '{"a":null}', '{"a":{}}', "{", " "])
      assert.equal(parseTextMap(text), null);
  });
  test("a pair named __proto__ is a pair", () => {
    const map = parseTextMap('{"__proto__":"x"}');
    assert.deepEqual(Object.entries(map ?? {}), [["__proto__", "x"]]);
  });
});
