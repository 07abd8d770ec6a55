import type { XmlElement } from "./xml-element.ts";

export interface PrintXmlOptions {
  /** Default true. */
  readonly declaration?: boolean;
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

// Everything a conforming parser would change or refuse: markup, line ends it normalises, and what XML 1.0 §2.2
// forbids even as a reference (controls, U+FFFE, U+FFFF, lone surrogates).
const SPECIAL = /[&<>"\x00-\x08\x0a-\x1f\x85\u2028\ufffe\uffff]|\p{Surrogate}/u;
const SPECIALS = new RegExp(SPECIAL, "gu");

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
  "\n": "&#10;",
  "\x85": "&#133;",
  "\u2028": "&#8232;",
};

/**
 * The document as text, without white space between elements. A character that XML 1.0 cannot carry is printed
 * as U+FFFD, so that a listing always parses; `encoding-type=url` is how a client gets such names exactly.
 */
export function printXml(root: XmlElement, options: PrintXmlOptions = {}): string {
  return (options.declaration === false ? "" : DECLARATION) + printElement(root);
}

function printElement(node: XmlElement): string {
  const { name, attributes, children } = node;
  let open = name;
  if (attributes !== undefined) {
    for (const attribute in attributes)
      open += ` ${attribute}="${escapeText(String(attributes[attribute]))}"`;
  }
  if (typeof children === "string") {
    return children === "" ? `<${open}/>` : `<${open}>${escapeText(children)}</${name}>`;
  }
  let content = "";
  for (const child of children) {
    if (child !== undefined) content += printElement(child);
  }
  return content === "" ? `<${open}/>` : `<${open}>${content}</${name}>`;
}

function escapeText(text: string): string {
  return SPECIAL.test(text) ? text.replace(SPECIALS, (character) => ESCAPES[character] ?? "\ufffd") : text;
}
