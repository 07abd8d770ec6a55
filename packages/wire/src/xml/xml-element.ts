/** A tree to print. Attribute order is kept; text is escaped by the printer. `undefined` children are left out. */
export interface XmlElement {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly children: readonly (XmlElement | undefined)[] | string;
}

/** Shorthand: `element("Key", "a/b")`, `element("Owner", [element("ID", id)])`. */
export function element(
  name: string,
  children: string | number | boolean | readonly (XmlElement | undefined)[],
  attributes?: Readonly<Record<string, string>>,
): XmlElement {
  const content = typeof children === "object" ? children : String(children);
  return attributes === undefined ? { name, children: content } : { name, attributes, children: content };
}
