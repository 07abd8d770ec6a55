export interface XmlLimits {
  /** Default 1 MiB, measured in UTF-16 units of the text. */
  readonly sizeLimit?: number;
  /** Default 16. */
  readonly depthLimit?: number;
  /** Default 50,000. */
  readonly elementLimit?: number;
}

/** One parsed element. `name` is without its namespace prefix; `text` is the element's own character data. */
export interface XmlNode {
  readonly name: string;
  readonly children: readonly XmlNode[];
  readonly text: string;
}

/** Throws `WireError("MalformedXML")` for anything that is not one well-formed element within `limits`. */
export function parseXml(_text: string, _limits: XmlLimits = {}): XmlNode {
  throw new Error("unbuilt");
}
