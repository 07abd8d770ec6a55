import type { BucketObjectLock, DefaultRetention, RetentionMode } from "@strongroom/store";
import {
  element,
  optionalText,
  parseXml,
  requiredChild,
  requiredText,
  requireRoot,
  type XmlElement,
  type XmlNode,
} from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import { optionalElement, s3Document } from "../http/s3-document.ts";

const MAX_DAYS = 36_500;
const MAX_YEARS = 100;

/** The document of PutObjectLockConfiguration. Throws MalformedXML, InvalidRetentionPeriod. */
export function readLockConfiguration(text: string): BucketObjectLock {
  const root = requireRoot(parseXml(text), "ObjectLockConfiguration");
  if (requiredText(root, "ObjectLockEnabled") !== "Enabled") throw s3Error("MalformedXML");
  if (!root.children.some(({ name }) => name === "Rule")) return { defaultRetention: null };
  return {
    defaultRetention: readDefaultRetention(requiredChild(requiredChild(root, "Rule"), "DefaultRetention")),
  };
}

export function lockConfigurationDocument({ defaultRetention }: BucketObjectLock): XmlElement {
  return s3Document("ObjectLockConfiguration", [
    element("ObjectLockEnabled", "Enabled"),
    defaultRetention === null ? undefined : element("Rule", [defaultRetentionElement(defaultRetention)]),
  ]);
}

/** Throws MalformedXML for any other word; S3 heeds case. */
export function readMode(node: XmlNode): RetentionMode {
  const mode = requiredText(node, "Mode");
  if (mode === "GOVERNANCE" || mode === "COMPLIANCE") return mode;
  throw s3Error("MalformedXML");
}

function defaultRetentionElement({ mode, unit, count }: DefaultRetention): XmlElement {
  return element("DefaultRetention", [
    element("Mode", mode),
    optionalElement("Days", unit === "days" ? count : undefined),
    optionalElement("Years", unit === "years" ? count : undefined),
  ]);
}

function readDefaultRetention(node: XmlNode): DefaultRetention {
  const mode = readMode(node);
  const days = optionalText(node, "Days");
  const years = optionalText(node, "Years");
  if (days !== undefined && years === undefined) {
    return { mode, unit: "days", count: readCount(days, MAX_DAYS) };
  }
  if (years !== undefined && days === undefined) {
    return { mode, unit: "years", count: readCount(years, MAX_YEARS) };
  }
  throw s3Error("MalformedXML");
}

function readCount(text: string, max: number): number {
  if (!/^[+-]?\d{1,10}$/.test(text)) throw s3Error("MalformedXML");
  const count = Number(text);
  if (count < 1) throw s3Error("InvalidRetentionPeriod");
  if (count > max) {
    throw s3Error("InvalidRetentionPeriod", {
      message: `Default retention period must be no longer than ${MAX_DAYS} days or ${MAX_YEARS} years.`,
    });
  }
  return count;
}
