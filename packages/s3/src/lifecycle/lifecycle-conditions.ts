import type { LifecycleConditions, LifecycleRule } from "@strongroom/store";
import {
  childrenNamed,
  element,
  optionalChild,
  optionalText,
  requiredText,
  type XmlElement,
  type XmlNode,
} from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import { optionalElement } from "../http/s3-document.ts";
import { requireLegalTags } from "../object/tagging.ts";
import { readSize } from "./lifecycle-numbers.ts";

const NONE: LifecycleConditions = { prefix: null, tags: [], sizeGreaterThan: null, sizeLessThan: null };
const MAX_PREFIX_BYTES = 1024;

/** What a rule is about: a prefix of its own, or a filter with one condition, none, or several within And. */
export function readConditions(rule: XmlNode): Pick<LifecycleRule, "form" | "conditions"> {
  const prefix = optionalText(rule, "Prefix");
  const filter = optionalChild(rule, "Filter");
  if ((prefix === undefined) === (filter === undefined)) throw s3Error("MalformedXML");
  if (filter === undefined) return { form: "prefix", conditions: { ...NONE, prefix: readPrefix(prefix) } };
  const and = optionalChild(filter, "And");
  const conditions = readFilter(filter, "Tag");
  if (and === undefined) {
    if (countOf(conditions) > 1) throw s3Error("MalformedXML");
    return { form: "filter", conditions };
  }
  const several = readFilter(and, "Tag");
  if (countOf(conditions) > 0 || countOf(several) < 2) throw s3Error("MalformedXML");
  return { form: "and", conditions: several };
}

function readFilter(node: XmlNode, tagName: string): LifecycleConditions {
  const greater = optionalText(node, "ObjectSizeGreaterThan");
  const less = optionalText(node, "ObjectSizeLessThan");
  return {
    prefix: readPrefix(optionalText(node, "Prefix")),
    tags: readTags(childrenNamed(node, tagName)),
    sizeGreaterThan: greater === undefined ? null : readSize(greater),
    sizeLessThan: less === undefined ? null : readSize(less),
  };
}

function readPrefix(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (Buffer.byteLength(text) <= MAX_PREFIX_BYTES) return text;
  throw s3Error("InvalidRequest", {
    message: `The maximum size of a prefix is ${MAX_PREFIX_BYTES}.`,
  });
}

function readTags(nodes: readonly XmlNode[]): LifecycleConditions["tags"] {
  const tags = nodes.map((tag) => ({ name: requiredText(tag, "Key"), value: requiredText(tag, "Value") }));
  if (new Set(tags.map(({ name }) => name)).size < tags.length) {
    throw s3Error("InvalidRequest", { message: "Duplicate Tag Keys are not allowed." });
  }
  requireLegalTags(tags);
  return tags;
}

function countOf({ prefix, tags, sizeGreaterThan, sizeLessThan }: LifecycleConditions): number {
  return tags.length + [prefix, sizeGreaterThan, sizeLessThan].filter((each) => each !== null).length;
}

/** `Prefix`, or the `Filter` as it was put. */
export function conditionsElement({ form, conditions }: LifecycleRule): XmlElement {
  if (form === "prefix") return element("Prefix", conditions.prefix ?? "");
  const parts = conditionElements(conditions);
  return element("Filter", form === "and" ? [element("And", parts)] : parts);
}

function conditionElements({
  prefix,
  tags,
  sizeGreaterThan,
  sizeLessThan,
}: LifecycleConditions): XmlElement[] {
  const sizes = [
    optionalElement("ObjectSizeGreaterThan", sizeGreaterThan ?? undefined),
    optionalElement("ObjectSizeLessThan", sizeLessThan ?? undefined),
  ];
  return [
    optionalElement("Prefix", prefix ?? undefined),
    ...tags.map(({ name, value }) => element("Tag", [element("Key", name), element("Value", value)])),
    ...sizes,
  ].filter((each) => each !== undefined);
}
