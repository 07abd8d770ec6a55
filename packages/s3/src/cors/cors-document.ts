import {
  childrenNamed,
  element,
  optionalText,
  parseXml,
  requireRoot,
  type XmlElement,
  type XmlNode,
} from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import { optionalElement, s3Document } from "../http/s3-document.ts";
import { type CorsMethod, type CorsRule, isCorsMethod } from "./cors-rule.ts";

const RULE_COUNT_LIMIT = 100;
const ID_LIMIT = 255;
const MAX_AGE_LIMIT_SECONDS = 2 ** 31 - 1;
/** A header name, RFC 9110 §5.1: what is exposed goes into a response header as it stands. */
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The rules of a `CORSConfiguration`. Throws MalformedXML and InvalidRequest. */
export function readCorsRules(text: string): readonly CorsRule[] {
  const rules = childrenNamed(requireRoot(parseXml(text), "CORSConfiguration"), "CORSRule");
  if (rules.length === 0 || rules.length > RULE_COUNT_LIMIT) throw s3Error("MalformedXML");
  return rules.map(readRule);
}

export function corsDocument(rules: readonly CorsRule[]): XmlElement {
  return s3Document("CORSConfiguration", rules.map(ruleElement));
}

function readRule(node: XmlNode): CorsRule {
  const id = optionalText(node, "ID") ?? null;
  const allowedOrigins = textsNamed(node, "AllowedOrigin");
  const methods = textsNamed(node, "AllowedMethod");
  const allowedHeaders = textsNamed(node, "AllowedHeader");
  const exposeHeaders = textsNamed(node, "ExposeHeader");
  if (allowedOrigins.length === 0 || methods.length === 0) throw s3Error("MalformedXML");
  if (id !== null && id.length > ID_LIMIT) throw s3Error("MalformedXML");
  const allowedMethods = methods.map(requireMethod);
  for (const origin of allowedOrigins) requireOneWildcard("AllowedOrigin", origin);
  for (const header of allowedHeaders) requireOneWildcard("AllowedHeader", header);
  for (const header of exposeHeaders) requireExposable(header);
  return {
    id,
    allowedOrigins,
    allowedMethods,
    allowedHeaders,
    exposeHeaders,
    maxAgeSeconds: readMaxAge(optionalText(node, "MaxAgeSeconds")),
  };
}

function ruleElement(rule: CorsRule): XmlElement {
  const each = (name: string, texts: readonly string[]): XmlElement[] =>
    texts.map((text) => element(name, text));
  return element("CORSRule", [
    optionalElement("ID", rule.id ?? undefined),
    ...each("AllowedOrigin", rule.allowedOrigins),
    ...each("AllowedMethod", rule.allowedMethods),
    ...each("AllowedHeader", rule.allowedHeaders),
    ...each("ExposeHeader", rule.exposeHeaders),
    optionalElement("MaxAgeSeconds", rule.maxAgeSeconds ?? undefined),
  ]);
}

function textsNamed(node: XmlNode, name: string): readonly string[] {
  return childrenNamed(node, name).map((child) => {
    if (child.children.length > 0) throw s3Error("MalformedXML");
    return child.text;
  });
}

function requireMethod(method: string): CorsMethod {
  if (isCorsMethod(method)) return method;
  throw s3Error("InvalidRequest", {
    message: `Found unsupported HTTP method in CORS config. Unsupported method is ${method}`,
  });
}

function requireOneWildcard(elementName: string, pattern: string): void {
  if (pattern.indexOf("*") === pattern.lastIndexOf("*")) return;
  throw s3Error("InvalidRequest", {
    message: `${elementName} "${pattern}" can not have more than one wildcard.`,
  });
}

function requireExposable(header: string): void {
  if (header.includes("*")) {
    throw s3Error("InvalidRequest", {
      message: `ExposeHeader "${header}" contains wildcard. We currently do not support wildcard for ExposeHeader.`,
    });
  }
  if (!HEADER_NAME.test(header)) throw s3Error("MalformedXML");
}

function readMaxAge(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\d{1,10}$/.test(text) || Number(text) > MAX_AGE_LIMIT_SECONDS) throw s3Error("MalformedXML");
  return Number(text);
}
