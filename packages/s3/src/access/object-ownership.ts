import {
  childrenNamed,
  element,
  optionalText,
  parseXml,
  requireRoot,
  type XmlElement,
} from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import { s3Document } from "../http/s3-document.ts";

/**
 * Who owns what is written into a bucket: its owner always, and there are no access lists (`BucketOwnerEnforced`);
 * its owner if the writer says `bucket-owner-full-control`; or whoever writes it.
 */
export const OBJECT_OWNERSHIPS = ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"] as const;
export type ObjectOwnership = (typeof OBJECT_OWNERSHIPS)[number];

/** What a new bucket has. */
export const DEFAULT_OWNERSHIP: ObjectOwnership = "BucketOwnerEnforced";
/** How a bucket behaves whose configuration was deleted. */
export const OWNERSHIP_WITHOUT_CONTROLS: ObjectOwnership = "ObjectWriter";

export function findOwnership(text: string): ObjectOwnership | undefined {
  return OBJECT_OWNERSHIPS.find((known) => known === text);
}

/** Throws MalformedXML. */
export function readOwnershipControls(text: string): ObjectOwnership {
  const rules = childrenNamed(requireRoot(parseXml(text), "OwnershipControls"), "Rule");
  const [rule] = rules;
  if (rule === undefined || rules.length > 1) throw s3Error("MalformedXML");
  const ownership = findOwnership(optionalText(rule, "ObjectOwnership") ?? "");
  if (ownership === undefined) throw s3Error("MalformedXML");
  return ownership;
}

export function ownershipControlsDocument(ownership: ObjectOwnership): XmlElement {
  return s3Document("OwnershipControls", [element("Rule", [element("ObjectOwnership", ownership)])]);
}

/** The stored form; null: the controls were deleted, which is not the same as never set. */
export function printStoredOwnership(ownership: ObjectOwnership | null): string {
  return ownership ?? "";
}

/** Throws InternalError for a document this program never wrote. */
export function parseStoredOwnership(document: string | undefined): ObjectOwnership | null {
  if (document === undefined) return DEFAULT_OWNERSHIP;
  if (document === "") return null;
  const ownership = findOwnership(document);
  if (ownership === undefined) throw s3Error("InternalError");
  return ownership;
}
