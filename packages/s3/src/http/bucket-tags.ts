import { childrenNamed, element, requiredText, type XmlElement, type XmlNode } from "@strongroom/wire";
import { s3Error } from "../errors.ts";

const TAG_COUNT_LIMIT = 50;
const KEY_LIMIT = 128;
const VALUE_LIMIT = 256;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The tags below `node`, one `Tag` child each. Throws MalformedXML, InvalidTag, BadRequest. */
export function readBucketTags(node: XmlNode): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const tag of childrenNamed(node, "Tag")) {
    const name = requiredText(tag, "Key");
    const value = requiredText(tag, "Value");
    requireTag(name, value);
    if (tags.has(name)) {
      throw s3Error("InvalidTag", {
        message: "Cannot provide multiple Tags with the same key",
        fields: { TagKey: name },
      });
    }
    tags.set(name, value);
  }
  if (tags.size > TAG_COUNT_LIMIT) {
    throw s3Error("BadRequest", { message: "Bucket tag count cannot be greater than 50" });
  }
  return tags;
}

export function tagSetElement(tags: ReadonlyMap<string, string>): XmlElement {
  return element(
    "TagSet",
    [...tags].map(([name, value]) => element("Tag", [element("Key", name), element("Value", value)])),
  );
}

/** The stored form of a bucket's tags. */
export function printTagDocument(tags: ReadonlyMap<string, string>): string {
  return JSON.stringify([...tags]);
}

export function parseTagDocument(document: string): ReadonlyMap<string, string> {
  const parsed: unknown = JSON.parse(document);
  if (!Array.isArray(parsed)) throw s3Error("InternalError");
  return new Map(parsed.map(([name, value]: readonly unknown[]) => [String(name), String(value)]));
}

function requireTag(name: string, value: string): void {
  if (name.startsWith("aws:")) {
    throw s3Error("InvalidTag", { message: "System tags cannot be added/updated by requester" });
  }
  if (name === "" || name.length > KEY_LIMIT || !ALLOWED.test(name)) {
    throw s3Error("InvalidTag", { fields: { TagKey: name } });
  }
  if (value.length > VALUE_LIMIT || !ALLOWED.test(value)) {
    throw s3Error("InvalidTag", {
      message: "The TagValue you have provided is invalid",
      fields: { TagKey: name, TagValue: value },
    });
  }
}
