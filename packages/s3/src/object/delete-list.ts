import {
  childrenNamed,
  optionalText,
  parseXml,
  requiredText,
  requireRoot,
  unquoteEtag,
  type XmlNode,
} from "@strongroom/wire";
import { s3Error } from "../errors.ts";

export const MAX_DELETED_KEYS = 1000;
/** A thousand keys of 1,024 bytes, every character written as an entity, with their version ids. */
export const MAX_DELETE_XML_BYTES = 8 * 1024 * 1024;

export interface DeleteEntry {
  readonly objectKey: string;
  readonly versionId: string | undefined;
  readonly ifMatch: string | undefined;
  /** Conditions that only directory buckets know. */
  readonly unbuiltCondition: string | undefined;
}

export interface DeleteList {
  readonly entries: readonly DeleteEntry[];
  readonly isQuiet: boolean;
}

/** The `Delete` document. Throws MalformedXML, also for no key at all and for more than 1,000. */
export function parseDeleteList(text: string): DeleteList {
  const limits = { sizeLimit: MAX_DELETE_XML_BYTES, elementLimit: MAX_DELETED_KEYS * 8 };
  const root = requireRoot(parseXml(text, limits), "Delete");
  const objects = childrenNamed(root, "Object");
  if (objects.length === 0 || objects.length > MAX_DELETED_KEYS) throw s3Error("MalformedXML");
  return {
    entries: objects.map(readEntry),
    isQuiet: optionalText(root, "Quiet")?.trim().toLowerCase() === "true",
  };
}

function readEntry(node: XmlNode): DeleteEntry {
  const versionId = optionalText(node, "VersionId");
  const etag = optionalText(node, "ETag");
  return {
    objectKey: requiredText(node, "Key"),
    versionId: versionId === "" ? undefined : versionId,
    ifMatch: etag === undefined || etag === "" ? undefined : unquoteEtag(etag.trim()),
    unbuiltCondition: ["LastModifiedTime", "Size"].find((name) => optionalText(node, name) !== undefined),
  };
}
