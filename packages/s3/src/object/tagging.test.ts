import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTaggingQuery, parseTaggingXml } from "./tagging.ts";

const entries = (query: string) => Object.entries(parseTaggingQuery(query));
const xml = (tags: readonly (readonly [string, string])[]) =>
  `<Tagging><TagSet>${tags.map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`).join("")}</TagSet></Tagging>`;

test("the header is a URL query: values may be absent, escapes and + are decoded", () => {
  assert.deepEqual(entries("tag1=tag1&tag2=tag2&tag"), [
    ["tag1", "tag1"],
    ["tag2", "tag2"],
    ["tag", ""],
  ]);
  assert.deepEqual(entries("key1&&&key2"), [
    ["key1", ""],
    ["key2", ""],
  ]);
  assert.deepEqual(entries("a+b=%2B%3D"), [["a b", "+="]]);
  assert.deepEqual(entries("__proto__=1"), [["__proto__", "1"]]);
});

test("a header that is no query of distinct names is InvalidArgument, as recorded", () => {
  for (const query of ["key1=val1&key1=val2", "key1=val1,key2=val2", "a=%zz"]) {
    assert.throws(() => parseTaggingQuery(query), {
      code: "InvalidArgument",
      message:
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      details: { ArgumentName: "x-amz-tagging", ArgumentValue: query },
    });
  }
});

test("tag rules of the document, with S3's words", () => {
  const cases: readonly [readonly (readonly [string, string])[], string, string][] = [
    [
      [
        ["Key1", "a"],
        ["Key1", "b"],
      ],
      "InvalidTag",
      "Cannot provide multiple Tags with the same key",
    ],
    [[["Key1,Key2", "a"]], "InvalidTag", "The TagKey you have provided is invalid"],
    [[["Key1", "Val1,Val2"]], "InvalidTag", "The TagValue you have provided is invalid"],
    [[["aws:prefixed", "a"]], "InvalidTag", "Your TagKey cannot be prefixed with aws:"],
    [[["", "a"]], "InvalidTag", "The TagKey you have provided is invalid"],
    [[["k".repeat(129), "a"]], "InvalidTag", "The TagKey you have provided is invalid"],
    [[["k", "v".repeat(257)]], "InvalidTag", "The TagValue you have provided is invalid"],
    [
      Array.from({ length: 11 }, (_, at) => [`k${at}`, ""] as const),
      "BadRequest",
      "Object tags cannot be greater than 10",
    ],
  ];
  for (const [tags, code, message] of cases)
    assert.throws(() => parseTaggingXml(xml(tags)), { code, message });
  assert.doesNotThrow(() => parseTaggingXml(xml([["k".repeat(128), "v".repeat(256)]])));
});

test("documents: a missing key or value is MalformedXML, an absent or empty set is no tags", () => {
  for (const text of [
    "<Tagging><TagSet><Tag><Value>a</Value></Tag></TagSet></Tagging>",
    "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
    "<Other/>",
    "",
    "<Tagging>",
  ]) {
    assert.throws(() => parseTaggingXml(text), { code: "MalformedXML" });
  }
  for (const text of ["<Tagging/>", "<Tagging><TagSet/></Tagging>"]) {
    assert.deepEqual(Object.keys(parseTaggingXml(text)), []);
  }
});
