import { childrenNamed, element, requiredText, type XmlElement, type XmlNode } from "@strongroom/wire";
import { type S3Error, s3Error } from "../errors.ts";

const TAG_COUNT_LIMIT = 50;
const KEY_LIMIT = 128;
const VALUE_LIMIT = 256;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

type ReservedRefusal = (name: string) => S3Error;

/**
 * The tags below `node`, one `Tag` child each. Throws MalformedXML, InvalidTag, BadRequest. S3 has one way to refuse
 * a reserved name in a tag set and another, which names no tag, when a bucket is made.
 */
export function readBucketTags(
  node: XmlNode,
  refuseReserved: ReservedRefusal = reservedInTagSet,
): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const tag of childrenNamed(node, "Tag")) {
    const name = requiredText(tag, "Key");
    const value = requiredText(tag, "Value");
    requireTag(name, value, refuseReserved);
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

export function reservedAtCreation(): S3Error {
  return s3Error("InvalidTag", {
    message:
      'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your tag keys and try again.',
  });
}

function reservedInTagSet(name: string): S3Error {
  return s3Error("InvalidTag", {
    message: "System tags cannot be added/updated by requester",
    fields: { TagKey: name },
  });
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

function requireTag(name: string, value: string, refuseReserved: ReservedRefusal): void {
  if (name.startsWith("aws:")) throw refuseReserved(name);
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
