import type { XmlElement } from "./xml-element.ts";

export interface PrintXmlOptions {
  /** Default true. */
  readonly declaration?: boolean;
}

export function printXml(_root: XmlElement, _options: PrintXmlOptions = {}): string {
  throw new Error("unbuilt");
}
