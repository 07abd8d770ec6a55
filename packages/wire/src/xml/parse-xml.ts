import { XMLParser, XMLValidator } from "fast-xml-parser";
import { malformedXml } from "./malformed-xml.ts";

export interface XmlLimits {
  /** Default 1 MiB, measured in UTF-16 units of the text. */
  readonly sizeLimit?: number;
  /** Elements within elements; default and most 16. */
  readonly depthLimit?: number;
  /** Default 50,000. */
  readonly elementLimit?: number;
}

/** One parsed element. Names are without their namespace prefix; `text` is the element's own character data. */
export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
  readonly text: string;
}

const DEPTH_LIMIT = 16;
const TEXT = "#text";
const CDATA = "#cdata";
const ATTRIBUTES = ":@";
const NAMED_ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const ILLEGAL = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/u;

// References are resolved here and not by the library: none may be declared, and CDATA must stay as it is.
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  cdataPropName: CDATA,
  textNodeName: TEXT,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: DEPTH_LIMIT,
});

/** Throws `WireError("MalformedXML")` for anything that is not one well-formed element within `limits`. */
export function parseXml(text: string, limits: XmlLimits = {}): XmlNode {
  const { sizeLimit = 1 << 20, depthLimit = DEPTH_LIMIT, elementLimit = 50_000 } = limits;
  if (text.length > sizeLimit || ILLEGAL.test(text)) throw malformedXml();
  const document = text.startsWith("\ufeff") ? text.slice(1) : text;
  // A document type (and with it any entity) is refused unread; so is one merely quoted in a comment or CDATA.
  if (/<!(?!--|\[CDATA\[)/.test(document)) throw malformedXml();
  if (exceedsElements(document, elementLimit)) throw malformedXml();
  // The library drops text behind the root element.
  if (!document.trimEnd().endsWith(">")) throw malformedXml();
  const roots = new TreeBuilder(Math.min(depthLimit, DEPTH_LIMIT), elementLimit).build(
    parseOrdered(document),
  );
  const [root] = roots.children;
  if (root === undefined || roots.children.length !== 1 || roots.text.trim() !== "") throw malformedXml();
  return root;
}

function exceedsElements(document: string, limit: number): boolean {
  let elements = 0;
  for (let at = document.indexOf("<"); at >= 0; at = document.indexOf("<", at + 1)) {
    const next = document.charCodeAt(at + 1);
    if (next !== 0x2f && next !== 0x21 && next !== 0x3f) elements += 1;
    if (elements > limit) return true;
  }
  return false;
}

function parseOrdered(document: string): unknown {
  try {
    if (XMLValidator.validate(document) !== true) throw malformedXml();
    return parser.parse(document);
  } catch (cause) {
    throw malformedXml(cause);
  }
}

/** Turns the library's ordered form (`[{ name: [...], ":@": {...} }, { "#text": "..." }]`) into nodes. */
class TreeBuilder {
  readonly #depthLimit: number;
  readonly #elementLimit: number;
  #elements = 0;

  constructor(depthLimit: number, elementLimit: number) {
    this.#depthLimit = depthLimit;
    this.#elementLimit = elementLimit;
  }

  build(entries: unknown, depth = 0): { children: XmlNode[]; text: string } {
    if (!Array.isArray(entries) || depth > this.#depthLimit) throw malformedXml();
    const children: XmlNode[] = [];
    let text = "";
    for (const entry of entries as readonly unknown[]) {
      if (typeof entry !== "object" || entry === null) throw malformedXml();
      const fields = new Map<string, unknown>(Object.entries(entry));
      const attributes = readAttributes(fields.get(ATTRIBUTES));
      fields.delete(ATTRIBUTES);
      for (const [name, value] of fields) {
        if (name === TEXT) text += resolveReferences(String(value));
        else if (name === CDATA) text += cdataText(value);
        else {
          this.#elements += 1;
          if (this.#elements > this.#elementLimit) throw malformedXml();
          children.push({ name, attributes, ...this.build(value, depth + 1) });
        }
      }
    }
    return { children, text };
  }
}

function readAttributes(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null) return {};
  const pairs = Object.entries(value).map(([name, text]) => [name, resolveReferences(String(text))] as const);
  return Object.fromEntries(pairs);
}

function cdataText(value: unknown): string {
  const [entry] = Array.isArray(value) ? (value as readonly unknown[]) : [];
  if (typeof entry !== "object" || entry === null || !(TEXT in entry)) return "";
  return String(entry[TEXT]);
}

function resolveReferences(raw: string): string {
  if (!raw.includes("&")) return raw;
  return raw.replace(/&([^;&]{0,10};?)/g, (_, body: string) => {
    const name = body.endsWith(";") ? body.slice(0, -1) : "";
    const named = Object.hasOwn(NAMED_ENTITIES, name) ? NAMED_ENTITIES[name] : undefined;
    return named ?? numericReference(name);
  });
}

function numericReference(name: string): string {
  const digits = /^#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}))$/.exec(name);
  if (digits === null) throw malformedXml();
  const codePoint = digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16);
  if (codePoint > 0x10ffff) throw malformedXml();
  const character = String.fromCodePoint(codePoint);
  if (ILLEGAL.test(character)) throw malformedXml();
  return character;
}
