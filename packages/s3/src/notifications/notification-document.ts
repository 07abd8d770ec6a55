import { randomUUID } from "node:crypto";
import {
  childrenNamed,
  element,
  optionalChild,
  optionalText,
  parseXml,
  requiredText,
  requireRoot,
  type XmlElement,
  type XmlNode,
} from "@strongroom/wire";
import { invalidArgument, notImplementedHeader, s3Error } from "../errors.ts";
import { s3Document } from "../http/s3-document.ts";
import { isEventType } from "./event-type.ts";
import {
  DESTINATION_KINDS,
  DESTINATIONS,
  type Destination,
  type NotificationRule,
} from "./notification-rule.ts";

const RULE_COUNT_LIMIT = 100;
const ID_LIMIT = 255;
const FILTER_LIMIT_BYTES = 1024;

/** The rules of a `NotificationConfiguration`; none: nobody is told. Throws MalformedXML and InvalidArgument. */
export function readNotificationRules(text: string): readonly NotificationRule[] {
  const root = requireRoot(parseXml(text), "NotificationConfiguration");
  if (optionalChild(root, "EventBridgeConfiguration") !== undefined) {
    throw notImplementedHeader("EventBridgeConfiguration");
  }
  const rules = DESTINATION_KINDS.flatMap((destination) =>
    childrenNamed(root, DESTINATIONS[destination].configuration).map((node) => readRule(node, destination)),
  );
  if (rules.length > RULE_COUNT_LIMIT) throw s3Error("MalformedXML");
  if (new Set(rules.map(({ id }) => id)).size < rules.length) {
    throw s3Error("InvalidArgument", {
      message: "Same ID used for multiple configurations. IDs must be unique",
    });
  }
  return rules;
}

export function notificationDocument(rules: readonly NotificationRule[]): XmlElement {
  return s3Document("NotificationConfiguration", rules.map(ruleElement));
}

function readRule(node: XmlNode, destination: Destination): NotificationRule {
  const id = optionalText(node, "Id") ?? "";
  if (id.length > ID_LIMIT)
    throw invalidArgument("ID length should not exceed allowed limit of 255", "Id", id);
  const arn = requiredText(node, DESTINATIONS[destination].arn);
  const events = childrenNamed(node, "Event").map(({ text }) => text);
  if (events.length === 0) throw s3Error("MalformedXML");
  for (const event of events) {
    if (isEventType(event)) continue;
    throw invalidArgument("A specified event is not supported for notifications.", "Event", event);
  }
  return { id: id === "" ? randomUUID() : id, destination, arn, events, ...readFilter(node) };
}

function readFilter(node: XmlNode): Pick<NotificationRule, "prefix" | "suffix"> {
  const filter = optionalChild(node, "Filter");
  const keyFilter = filter === undefined ? undefined : optionalChild(filter, "S3Key");
  const found: { prefix: string | null; suffix: string | null } = { prefix: null, suffix: null };
  for (const rule of keyFilter === undefined ? [] : childrenNamed(keyFilter, "FilterRule")) {
    const name = requiredText(rule, "Name");
    const value = requiredText(rule, "Value");
    const end = name.toLowerCase();
    if (end !== "prefix" && end !== "suffix") {
      throw invalidArgument("filter rule name must be either prefix or suffix", "FilterRule.Name", name);
    }
    if (found[end] !== null) {
      throw invalidArgument(`Cannot specify more than one ${end} rule in a filter.`, "FilterRule.Name", name);
    }
    if (Buffer.byteLength(value) > FILTER_LIMIT_BYTES) {
      throw invalidArgument(
        "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation",
        "FilterRule.Value",
        value,
      );
    }
    found[end] = value;
  }
  return found;
}

function ruleElement({ id, destination, arn, events, prefix, suffix }: NotificationRule): XmlElement {
  const named = DESTINATIONS[destination];
  const filterRules = [filterRule("Prefix", prefix), filterRule("Suffix", suffix)];
  return element(named.configuration, [
    element("Id", id),
    element(named.arn, arn),
    ...events.map((event) => element("Event", event)),
    prefix === null && suffix === null ? undefined : element("Filter", [element("S3Key", filterRules)]),
  ]);
}

function filterRule(name: string, value: string | null): XmlElement | undefined {
  if (value === null) return undefined;
  return element("FilterRule", [element("Name", name), element("Value", value)]);
}
