import { element, type XmlElement } from "@strongroom/wire";

const NAMESPACE = { xmlns: "http://s3.amazonaws.com/doc/2006-03-01/" } as const;

/** The root of an S3 response document, in S3's namespace. Error documents have none. */
export function s3Document(name: string, children: string | readonly (XmlElement | undefined)[]): XmlElement {
  return element(name, children, NAMESPACE);
}

/** An element that is left out when it has no value. */
export function optionalElement(
  name: string,
  value: string | number | boolean | undefined,
): XmlElement | undefined {
  return value === undefined ? undefined : element(name, value);
}
