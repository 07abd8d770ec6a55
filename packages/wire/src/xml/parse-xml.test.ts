import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WireError } from "../wire-error.ts";
import { parseXml } from "./parse-xml.ts";
import { printXml } from "./print-xml.ts";
import {
  childrenNamed,
  optionalText,
  requiredChild,
  requiredText,
  requireOnlyChildren,
  requireRoot,
} from "./read-xml.ts";
import { element } from "./xml-element.ts";

const MALFORMED = { name: "WireError", code: "MalformedXML" } as const;

test("a document is read without its prefixes, references resolved, CDATA kept, white space kept", () => {
  const root = parseXml(
    '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<!-- c --><s3:Delete xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/">' +
      "<s3:Quiet>true</s3:Quiet><Object><Key> a&amp;b &lt;&#x1F600;&#13;</Key></Object><Object><Key><![CDATA[<&amp;>]]></Key></Object>" +
      '<Grantee xsi:type="Group"/></s3:Delete>',
  );
  requireRoot(root, "Delete");
  assert.equal(requiredText(root, "Quiet"), "true");
  const keys = childrenNamed(root, "Object").map((object) => requiredText(object, "Key"));
  assert.deepEqual(keys, [" a&b <😀\r", "<&amp;>"]);
  assert.equal(requiredChild(root, "Grantee").attributes["type"], "Group");
  assert.equal(optionalText(root, "Absent"), undefined);
  assert.throws(() => requiredChild(root, "Absent"), MALFORMED);
  assert.throws(() => requiredChild(root, "Object"), MALFORMED);
  assert.throws(() => requireRoot(root, "Tagging"), MALFORMED);
  requireOnlyChildren(root, ["Quiet", "Object", "Grantee", "Other"]);
  assert.throws(() => requireOnlyChildren(root, ["Quiet", "Object"]), MALFORMED);
});

const bomb = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>';
const REFUSED: readonly [string, string][] = [
  ["nothing", ""],
  ["text", "hello"],
  ["an open element", "<a>"],
  ["crossed elements", "<a><b></a></b>"],
  ["two roots", "<a/><b/>"],
  ["text behind the root", "<a/>x"],
  ["text before the root", "x<a/>"],
  ["a document type", "<!DOCTYPE a><a/>"],
  ["an entity bomb", bomb],
  ["an external entity", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
  ["an undeclared entity", "<a>&foo;</a>"],
  ["a bare ampersand", "<a>a & b</a>"],
  ["a reference to NUL", "<a>&#0;</a>"],
  ["a reference beyond Unicode", "<a>&#x110000;</a>"],
  ["a reference to a surrogate", "<a>&#xD800;</a>"],
  ["a raw control character", "<a>\u0001</a>"],
  ["an attribute twice", '<a b="1" b="2"/>'],
  ["an attribute without quotes", "<a b=1/>"],
  ["17 levels", `${"<a>".repeat(17)}${"</a>".repeat(17)}`],
  ["100,000 levels", `${"<a>".repeat(100_000)}${"</a>".repeat(100_000)}`],
  ["50,001 elements", `<a>${"<b/>".repeat(50_000)}</a>`],
  ["a megabyte and more", `<a>${"x".repeat(1 << 20)}</a>`],
  ["a name that is a property of objects", "<__proto__/>"],
];

for (const [name, text] of REFUSED) {
  test(`refused as MalformedXML: ${name}`, () => {
    assert.throws(() => parseXml(text), MALFORMED);
  });
}

test("the limits themselves are allowed, and can be lowered", () => {
  assert.equal(parseXml(`${"<a>".repeat(16)}${"</a>".repeat(16)}`).name, "a");
  assert.equal(parseXml(`<a>${"<b/>".repeat(49_999)}</a>`).children.length, 49_999);
  assert.throws(() => parseXml("<a><b/></a>", { elementLimit: 1 }), MALFORMED);
  assert.throws(() => parseXml("<a><b/></a>", { depthLimit: 1 }), MALFORMED);
  assert.throws(() => parseXml("<a></a>", { sizeLimit: 6 }), MALFORMED);
});

const anyText = fc.string({ unit: "binary", maxLength: 40 });

test("parse(print(text)) is the text, with U+FFFD for what XML cannot carry", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const root = parseXml(printXml(element("A", [element("Key", text, { x: text })])));
      const expected = text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu, "\ufffd");
      assert.equal(requiredText(root, "Key"), expected);
      assert.equal(requiredChild(root, "Key").attributes["x"], expected);
    }),
  );
});

test("line ends survive a parser's normalisation", () => {
  assert.equal(
    printXml(element("Key", "a\r\nb\tc\ud800"), { declaration: false }),
    "<Key>a&#13;&#10;b\tc\ufffd</Key>",
  );
  assert.equal(printXml(element("A", "")), '<?xml version="1.0" encoding="UTF-8"?>\n<A/>');
});

test("any text parses or throws WireError", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom("<a>", "</a>", "<a/>", "<![CDATA[", "]]>", "<!--", "&lt;", "&#x", "<?xml", '"'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      try {
        parseXml(pieces.join(""));
      } catch (error) {
        assert.ok(error instanceof WireError);
      }
    }),
    { numRuns: 1000 },
  );
});
