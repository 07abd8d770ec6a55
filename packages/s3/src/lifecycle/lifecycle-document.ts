import { randomUUID } from "node:crypto";
import type {
  LifecycleDelay,
  LifecycleRule,
  LifecycleTransition,
  NoncurrentTransition,
} from "@strongroom/store";
import {
  childrenNamed,
  optionalChild,
  optionalText,
  parseIso8601,
  parseXml,
  requiredText,
  requireRoot,
  type XmlNode,
} from "@strongroom/wire";
import { invalidArgument, s3Error } from "../errors.ts";
import { printLongDate } from "../http/long-date.ts";
import { requireSoundRules } from "./lifecycle-checks.ts";
import { readConditions } from "./lifecycle-conditions.ts";
import { readInteger, readPositive } from "./lifecycle-numbers.ts";

const RULE_COUNT_LIMIT = 1000;
const ID_LIMIT = 255;
const DAY_MS = 86_400_000;
const TRANSITION_CLASSES: ReadonlySet<string> = new Set([
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER_IR",
  "GLACIER",
  "DEEP_ARCHIVE",
]);

/**
 * The rules of a `LifecycleConfiguration`, in the form with filters or the older one with a prefix. Throws MalformedXML,
 * InvalidArgument and InvalidRequest. A rule without an id is given one.
 */
export function readLifecycleRules(text: string): readonly LifecycleRule[] {
  const nodes = childrenNamed(requireRoot(parseXml(text), "LifecycleConfiguration"), "Rule");
  if (nodes.length === 0 || nodes.length > RULE_COUNT_LIMIT) throw s3Error("MalformedXML");
  const rules = nodes.map(readRule);
  requireSoundRules(rules);
  return rules;
}

function readRule(node: XmlNode): LifecycleRule {
  const id = optionalText(node, "ID");
  if (id !== undefined && id.length > ID_LIMIT) {
    throw invalidArgument(`ID length should not exceed allowed limit of ${ID_LIMIT}`, "ID", id);
  }
  const status = requiredText(node, "Status");
  if (status !== "Enabled" && status !== "Disabled") throw s3Error("MalformedXML");
  return {
    id: id === undefined || id === "" ? Buffer.from(randomUUID()).toString("base64") : id,
    isEnabled: status === "Enabled",
    ...readConditions(node),
    expiration: readExpiration(optionalChild(node, "Expiration")),
    noncurrentExpiration: readNoncurrentExpiration(optionalChild(node, "NoncurrentVersionExpiration")),
    abortUploadsAfterDays: readAbort(optionalChild(node, "AbortIncompleteMultipartUpload")),
    transitions: childrenNamed(node, "Transition").map(readTransition),
    noncurrentTransitions: childrenNamed(node, "NoncurrentVersionTransition").map(readNoncurrentTransition),
  };
}

function readExpiration(node: XmlNode | undefined): LifecycleRule["expiration"] {
  if (node === undefined) return null;
  const marker = optionalText(node, "ExpiredObjectDeleteMarker");
  if (marker === undefined) {
    return readDelay(node, (days) => readPositive(days, "Days", "Expiration"));
  }
  if (optionalChild(node, "Days") !== undefined || optionalChild(node, "Date") !== undefined)
    throw s3Error("MalformedXML");
  if (marker !== "true" && marker !== "false") throw s3Error("MalformedXML");
  return { expiredMarkers: marker === "true" };
}

/** Exactly one of Days and Date. */
function readDelay(node: XmlNode, readDays: (text: string) => number): LifecycleDelay {
  const days = optionalText(node, "Days");
  const date = optionalText(node, "Date");
  if ((days === undefined) === (date === undefined)) throw s3Error("MalformedXML");
  return days === undefined ? { dateMs: readDate(date ?? "") } : { days: readDays(days) };
}

function readDate(text: string): number {
  const dateMs = parseIso8601(text);
  if (dateMs === undefined) throw s3Error("MalformedXML");
  if (dateMs % DAY_MS === 0) return dateMs;
  throw invalidArgument("'Date' must be at midnight GMT", "Date", printLongDate(dateMs));
}

function readNoncurrentExpiration(node: XmlNode | undefined): LifecycleRule["noncurrentExpiration"] {
  if (node === undefined) return null;
  const action = "NoncurrentVersionExpiration";
  return {
    noncurrentDays: readPositive(requiredText(node, "NoncurrentDays"), "NoncurrentDays", action),
    newerVersions: readNewerVersions(node, action),
  };
}

function readNewerVersions(node: XmlNode, action: string): number | null {
  const text = optionalText(node, "NewerNoncurrentVersions");
  if (text === undefined) return null;
  const count = readPositive(text, "NewerNoncurrentVersions", action);
  if (count <= 100) return count;
  throw invalidArgument(
    `'NewerNoncurrentVersions' for ${action} action must be between 1 and 100`,
    "NewerNoncurrentVersions",
    text,
  );
}

function readAbort(node: XmlNode | undefined): number | null {
  if (node === undefined) return null;
  const days = requiredText(node, "DaysAfterInitiation");
  return readPositive(days, "DaysAfterInitiation", "AbortIncompleteMultipartUpload");
}

function readTransition(node: XmlNode): LifecycleTransition {
  return {
    delay: readDelay(node, (days) => readInteger(days, "Days", "Transition")),
    storageClass: readClass(node),
  };
}

function readNoncurrentTransition(node: XmlNode): NoncurrentTransition {
  const action = "NoncurrentVersionTransition";
  return {
    noncurrentDays: readInteger(requiredText(node, "NoncurrentDays"), "NoncurrentDays", action),
    newerVersions: readNewerVersions(node, action),
    storageClass: readClass(node),
  };
}

function readClass(node: XmlNode): string {
  const storageClass = requiredText(node, "StorageClass");
  if (TRANSITION_CLASSES.has(storageClass)) return storageClass;
  throw s3Error("MalformedXML");
}
