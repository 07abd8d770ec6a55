import type { Condition } from "./conditions/condition.ts";
import { type IpRange, parseIpRange } from "./conditions/ip-network.ts";
import type { PolicyDocument, Statement } from "./policy-document.ts";
import { parseTemplate } from "./policy-variables.ts";

/**
 * Whether a bucket's policy is public as S3 defines it (Amazon S3 User Guide, "The meaning of 'public'"): some
 * statement allows everyone, and none of its conditions holds access to fixed values of a key that names who asks or
 * from where. What a Deny takes away again does not count.
 */
export function isPublicPolicy(document: PolicyDocument): boolean {
  return document.statements.some(isPublicStatement);
}

function isPublicStatement({ effect, principals, conditions }: Statement): boolean {
  if (effect === "Deny") return false;
  const names = principals?.named ?? [];
  const isForEveryone = principals?.isNegated === true || names.some(({ value }) => value === "*");
  return isForEveryone && !conditions.some(narrows);
}

type Narrowing = (condition: Condition) => boolean;

/** Operators that hold for the listed values alone, and not for a request without the key. */
const FIXING_TEXT: ReadonlySet<string> = new Set([
  "StringEquals",
  "StringEqualsIgnoreCase",
  "StringLike",
  "ArnEquals",
  "ArnLike",
]);

const toFixedValues: Narrowing = ({ baseOperator, values }) =>
  FIXING_TEXT.has(baseOperator) && values.every((value) => isFixed(value));

/** An ARN may end in a wildcard as long as its account is fixed: then it names one account's. */
const toFixedAccount: Narrowing = ({ baseOperator, values }) =>
  FIXING_TEXT.has(baseOperator) && values.every((value) => isFixed(value) || hasFixedAccount(value));

/** `AROA…:*` is whatever session of one role; anything wider is anybody. */
const toUserIds: Narrowing = ({ baseOperator, values }) =>
  FIXING_TEXT.has(baseOperator) &&
  values.every((value) => isFixed(value) || /^A[A-Z0-9]{15,}:\*$/.test(value));

const toOrganizationPaths: Narrowing = ({ baseOperator, values }) =>
  FIXING_TEXT.has(baseOperator) &&
  values.every((value) => isFixed(value) || /^o-[a-z0-9]{10,32}\/[^?]*$/.test(value));

const toNarrowRanges: Narrowing = ({ baseOperator, values }) =>
  baseOperator === "IpAddress" && values.every(isNarrowRange);

const toServices: Narrowing = ({ baseOperator, values }) =>
  baseOperator === "Bool" && values.every((value) => value.toLowerCase() === "true");

/** The keys that name who asks or from where, and what keeps one to a few. */
const NARROWING_KEYS: ReadonlyMap<string, Narrowing> = new Map([
  ["aws:sourceip", toNarrowRanges],
  ["aws:sourcearn", toFixedAccount],
  ["aws:sourcevpc", toFixedValues],
  ["aws:sourcevpce", toFixedValues],
  ["aws:sourcevpcarn", toFixedAccount],
  ["aws:sourceowner", toFixedValues],
  ["aws:sourceaccount", toFixedValues],
  ["aws:sourceorgid", toFixedValues],
  ["aws:sourceorgpaths", toOrganizationPaths],
  ["aws:vpceaccount", toFixedValues],
  ["aws:vpceorgid", toFixedValues],
  ["aws:vpceorgpaths", toOrganizationPaths],
  ["aws:userid", toUserIds],
  ["aws:username", toFixedValues],
  ["aws:principalarn", toFixedAccount],
  ["aws:principalaccount", toFixedValues],
  ["aws:principalorgid", toFixedValues],
  ["aws:principalorgpaths", toOrganizationPaths],
  ["aws:principalisawsservice", toServices],
  ["aws:principalservicename", toFixedValues],
  ["aws:principalservicenameslist", toFixedValues],
  ["s3:dataaccesspointarn", toFixedAccount],
  ["s3:dataaccesspointaccount", toFixedValues],
  ["s3:x-amz-server-side-encryption-aws-kms-key-id", toFixedValues],
]);

function narrows(condition: Condition): boolean {
  const { key, ifExists, setOperator } = condition;
  // Both hold for a request that lacks the key: nothing is narrowed.
  if (ifExists || setOperator === "ForAllValues") return false;
  return NARROWING_KEYS.get(key)?.(condition) ?? false;
}

/** No wildcard and no variable, whatever the operator or the version would make of them. */
function isFixed(value: string): boolean {
  return (
    value !== "" &&
    parseTemplate(value, false, "").every((token) => typeof token === "string") &&
    !value.includes("${")
  );
}

function hasFixedAccount(value: string): boolean {
  const [scheme, partition = "", service = "", , account = ""] = value.split(":");
  const isWhole = scheme === "arn" && isFixed(partition) && isFixed(service);
  return isWhole && /^\d{12}$/.test(account) && !value.includes("${");
}

const WIDEST_IPV4_PREFIX = 8;
const WIDEST_IPV6_PREFIX = 32;

/** Ranges wider than /8 (IPv6: /32) are as good as everywhere, unless they are private (RFC 1918). */
function isNarrowRange(value: string): boolean {
  const range = parseIpRange(value);
  if (range === null) return false;
  if (isPrivate(range)) return true;
  return range.prefix >= (range.bits === 32 ? WIDEST_IPV4_PREFIX : WIDEST_IPV6_PREFIX);
}

function isPrivate(range: IpRange): boolean {
  return ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].some((text) => {
    const known = parseIpRange(text);
    return (
      known !== null &&
      range.bits === known.bits &&
      range.prefix >= known.prefix &&
      known.contains(range.base)
    );
  });
}
