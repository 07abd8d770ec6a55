import {
  childrenNamed,
  element,
  optionalChild,
  parseQuery,
  parseXml,
  type QueryParameter,
  requiredText,
  requireRoot,
  type XmlElement,
} from "@strongroom/wire";
import { invalidArgument, s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import { XML_NAMESPACE } from "./xml-namespace.ts";

export type Tags = Readonly<Record<string, string>>;

const TAGGING_HEADER = "x-amz-tagging";
export const MAX_OBJECT_TAGS = 10;
const MAX_TAG_NAME_CHARACTERS = 128;
const MAX_TAG_VALUE_CHARACTERS = 256;
/** Ten tags of the greatest length, every character escaped, fit twice. */
export const MAX_TAGGING_XML_BYTES = 128 * 1024;
const LEGAL_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const NO_TAGS: Tags = Object.freeze(Object.create(null));

interface Tag {
  readonly name: string;
  readonly value: string;
}

/** The tags of the `x-amz-tagging` header, in URL query form; none when it is absent. */
export function readTaggingHeader(request: S3Request): Tags {
  const header = request.header(TAGGING_HEADER);
  return header === undefined ? NO_TAGS : parseTaggingQuery(header);
}

export function hasTaggingHeader(request: S3Request): boolean {
  return request.header(TAGGING_HEADER) !== undefined;
}

export function parseTaggingQuery(query: string): Tags {
  const tags: Tag[] = [];
  const seen = new Set<string>();
  for (const { rawValue, name, value } of parseParameters(query)) {
    // An unescaped "=" in a value is the mark of pairs joined by something other than "&".
    if (rawValue.includes("=") || seen.has(name)) throw malformedHeader(query);
    seen.add(name);
    tags.push({ name, value });
  }
  return requireLegalTags(tags);
}

/** The `Tagging` document of PutObjectTagging. Throws MalformedXML or what `requireLegalTags` throws. */
export function parseTaggingXml(text: string): Tags {
  const root = requireRoot(parseXml(text), "Tagging");
  const tagSet = optionalChild(root, "TagSet");
  const tags = tagSet === undefined ? [] : childrenNamed(tagSet, "Tag");
  return requireLegalTags(
    tags.map((tag) => ({ name: requiredText(tag, "Key"), value: requiredText(tag, "Value") })),
  );
}

/** The set, by name, so that it reads the same however it was written. */
export function taggingElement(tags: Tags): XmlElement {
  const names = Object.keys(tags).sort();
  const list = names.map((name) =>
    element("Tag", [element("Key", name), element("Value", tags[name] ?? "")]),
  );
  return element("Tagging", [element("TagSet", list)], XML_NAMESPACE);
}

/** Throws InvalidTag, BadRequest. */
export function requireLegalTags(list: readonly Tag[]): Tags {
  if (list.length === 0) return NO_TAGS;
  if (list.length > MAX_OBJECT_TAGS) {
    throw s3Error("BadRequest", { message: `Object tags cannot be greater than ${MAX_OBJECT_TAGS}` });
  }
  const tags: Record<string, string> = Object.create(null);
  for (const { name, value } of list) {
    if (name in tags) {
      throw s3Error("InvalidTag", {
        message: "Cannot provide multiple Tags with the same key",
        fields: { TagKey: name },
      });
    }
    if (name.startsWith("aws:")) {
      throw s3Error("InvalidTag", {
        message: "Your TagKey cannot be prefixed with aws:",
        fields: { TagKey: name },
      });
    }
    if (name === "" || !isLegal(name, MAX_TAG_NAME_CHARACTERS)) {
      throw s3Error("InvalidTag", {
        message: "The TagKey you have provided is invalid",
        fields: { TagKey: name },
      });
    }
    if (!isLegal(value, MAX_TAG_VALUE_CHARACTERS)) {
      throw s3Error("InvalidTag", {
        message: "The TagValue you have provided is invalid",
        fields: { TagKey: name, TagValue: value },
      });
    }
    tags[name] = value;
  }
  return tags;
}

function isLegal(text: string, maxCharacters: number): boolean {
  return text.length <= maxCharacters && LEGAL_TEXT.test(text);
}

function parseParameters(query: string): readonly QueryParameter[] {
  try {
    return parseQuery(query);
  } catch (cause) {
    throw malformedHeader(query, cause);
  }
}

function malformedHeader(query: string, cause?: unknown): Error {
  const message =
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.";
  if (cause === undefined) return invalidArgument(message, TAGGING_HEADER, query);
  return s3Error("InvalidArgument", {
    message,
    fields: { ArgumentName: TAGGING_HEADER, ArgumentValue: query },
    cause,
  });
}
