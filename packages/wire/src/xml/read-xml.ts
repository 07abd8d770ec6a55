import { malformedXml } from "./malformed-xml.ts";
import type { XmlNode } from "./parse-xml.ts";

/** Throws MalformedXML unless the root element is called `name`. */
export function requireRoot(node: XmlNode, name: string): XmlNode {
  if (node.name !== name) throw malformedXml();
  return node;
}

/** All children called `name`, in document order. */
export function childrenNamed(node: XmlNode, name: string): readonly XmlNode[] {
  return node.children.filter((child) => child.name === name);
}

/** Throws MalformedXML for a child of any other name: of a document in which what is not known might be what protects. */
export function requireOnlyChildren(node: XmlNode, names: readonly string[]): void {
  if (!node.children.every(({ name }) => names.includes(name))) throw malformedXml();
}

/** Throws MalformedXML when `name` occurs twice. */
export function optionalChild(node: XmlNode, name: string): XmlNode | undefined {
  const [child, ...others] = childrenNamed(node, name);
  if (others.length > 0) throw malformedXml();
  return child;
}

/** Throws MalformedXML when `name` is absent or occurs twice. */
export function requiredChild(node: XmlNode, name: string): XmlNode {
  const child = optionalChild(node, name);
  if (child === undefined) throw malformedXml();
  return child;
}

/** The text of a child that holds text alone, white space kept. Throws MalformedXML otherwise. */
export function requiredText(node: XmlNode, name: string): string {
  return textOf(requiredChild(node, name));
}

/** As `requiredText`; undefined when the child is absent. */
export function optionalText(node: XmlNode, name: string): string | undefined {
  const child = optionalChild(node, name);
  return child === undefined ? undefined : textOf(child);
}

function textOf(node: XmlNode): string {
  if (node.children.length > 0) throw malformedXml();
  return node.text;
}
