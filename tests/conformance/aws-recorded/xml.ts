const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

export const decodeXml = (text: string): string =>
  text.replace(/&(#x[0-9a-fA-F]+|#\d+|\w+);/g, (whole, name: string) => {
    if (name.startsWith("#x")) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith("#")) return String.fromCodePoint(Number(name.slice(1)));
    return ENTITIES[name] ?? whole;
  });

type XmlValue = string | null | XmlValue[] | { [name: string]: XmlValue };

/**
 * A document as the recordings hold one: an element is its text, null when empty, or an object of its children;
 * elements that repeat are a list. Attributes are left out.
 */
export function parseXml(document: string): XmlValue {
  const tokens = document.replace(/<\?[^>]*\?>/g, "").matchAll(/<(\/?)([\w:.-]+)([^>]*?)(\/?)>|([^<]+)/g);
  const stack: { name: string; children: [string, XmlValue][]; text: string }[] = [
    { name: "", children: [], text: "" },
  ];
  const top = (): { name: string; children: [string, XmlValue][]; text: string } => {
    const last = stack.at(-1);
    if (last === undefined) throw new Error("unbalanced XML");
    return last;
  };
  for (const [, closing, name, , selfClosing, text] of tokens) {
    if (text !== undefined) top().text += decodeXml(text);
    else if (closing === "/") {
      const done = top();
      stack.pop();
      top().children.push([done.name, toXmlValue(done)]);
    } else if (selfClosing === "/") top().children.push([name ?? "", null]);
    else stack.push({ name: name ?? "", children: [], text: "" });
  }
  if (stack.length !== 1) throw new Error(`this is no XML document: ${document.slice(0, 200)}`);
  return toXmlValue(top());
}

function toXmlValue(element: { children: [string, XmlValue][]; text: string }): XmlValue {
  if (element.children.length === 0) return element.text === "" ? null : element.text;
  const grouped = Map.groupBy(element.children, ([name]) => name);
  return Object.fromEntries(
    [...grouped].map(([name, found]) => [
      name,
      found.length === 1 ? (found[0]?.[1] ?? null) : found.map(([, value]) => value),
    ]),
  );
}
