import type { XmlNode } from "./parse-xml.ts";

/** All children called `name`, in document order. */
export function childrenNamed(_node: XmlNode, _name: string): readonly XmlNode[] {
  throw new Error("unbuilt");
}

/** Throws MalformedXML when `name` is absent or occurs twice. */
export function requiredChild(_node: XmlNode, _name: string): XmlNode {
  throw new Error("unbuilt");
}

/** Throws MalformedXML when `name` occurs twice. */
export function optionalChild(_node: XmlNode, _name: string): XmlNode | undefined {
  throw new Error("unbuilt");
}

/** The text of a child that holds text alone. Throws MalformedXML otherwise. */
export function requiredText(_node: XmlNode, _name: string): string {
  throw new Error("unbuilt");
}

export function optionalText(_node: XmlNode, _name: string): string | undefined {
  throw new Error("unbuilt");
}

/** Throws MalformedXML unless the root element is called `name`. */
export function requireRoot(_node: XmlNode, _name: string): XmlNode {
  throw new Error("unbuilt");
}
