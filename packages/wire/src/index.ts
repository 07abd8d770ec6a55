export { element, type XmlElement } from "./xml/xml-element.ts";
