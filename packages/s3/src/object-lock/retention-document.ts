import type { Retention } from "@strongroom/store";
import {
  element,
  optionalText,
  parseIso8601,
  parseXml,
  printIso8601,
  requiredText,
  requireRoot,
  type XmlElement,
} from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import { s3Document } from "../http/s3-document.ts";
import { readMode } from "./lock-configuration.ts";

/** Both documents are a few lines. */
export const MAX_LOCK_XML_BYTES = 16 * 1024;

/** The document of PutObjectRetention; null for an empty one, which takes the retention away. Throws MalformedXML. */
export function readRetention(text: string): Retention | null {
  const root = requireRoot(parseXml(text), "Retention");
  const until = optionalText(root, "RetainUntilDate");
  if (until === undefined && optionalText(root, "Mode") === undefined) return null;
  const retainUntilMs = until === undefined ? undefined : parseIso8601(until);
  if (retainUntilMs === undefined) throw s3Error("MalformedXML");
  return { mode: readMode(root), retainUntilMs };
}

export function retentionDocument({ mode, retainUntilMs }: Retention): XmlElement {
  return s3Document("Retention", [
    element("Mode", mode),
    element("RetainUntilDate", printIso8601(retainUntilMs)),
  ]);
}

/** The document of PutObjectLegalHold: true for ON. Throws MalformedXML. */
export function readLegalHold(text: string): boolean {
  const status = requiredText(requireRoot(parseXml(text), "LegalHold"), "Status");
  if (status === "ON") return true;
  if (status === "OFF") return false;
  throw s3Error("MalformedXML");
}

export function legalHoldDocument(legalHold: boolean): XmlElement {
  return s3Document("LegalHold", [element("Status", printLegalHold(legalHold))]);
}

export function printLegalHold(legalHold: boolean): "ON" | "OFF" {
  return legalHold ? "ON" : "OFF";
}
