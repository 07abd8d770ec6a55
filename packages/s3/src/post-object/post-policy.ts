import { parseIso8601 } from "@strongroom/wire";
import { s3Error } from "../errors.ts";

/** One condition of a POST policy. `printed` is how an error names it. */
export type PostCondition =
  | {
      readonly operator: "eq" | "starts-with";
      /** With the `$` that makes it the name of a field; without one it names none. */
      readonly field: string;
      readonly value: string;
      readonly printed: string;
    }
  | {
      readonly operator: "content-length-range";
      /** Bytes, inclusive; null when the bounds are no numbers: then nothing fits. */
      readonly range: ByteSizeRange | null;
      readonly printed: string;
    };

export interface ByteSizeRange {
  readonly least: number;
  readonly most: number;
}

/** What the signer of a form allowed. */
export interface PostPolicy {
  readonly expiresMs: number;
  readonly conditions: readonly PostCondition[];
}

const EXPIRATION = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;
const CONDITION_COUNT_LIMIT = 512;

/** Reads a policy whose signature holds. Throws InvalidPolicyDocument in S3's words where they are known. */
export function parsePostPolicy(base64: string): PostPolicy {
  const document = parseObject(base64);
  const expiration = document.get("expiration");
  const conditions = document.get("conditions");
  if (expiration === undefined) throw invalid("Policy missing expiration.");
  const expiresMs =
    typeof expiration === "string" && EXPIRATION.test(expiration) ? parseIso8601(expiration) : undefined;
  if (expiresMs === undefined) throw invalid(`Invalid 'expiration' value: '${printValue(expiration)}'`);
  if (conditions === undefined) throw invalid("Policy missing conditions.");
  if (!Array.isArray(conditions)) throw invalid("Invalid 'conditions' value: must be a List.");
  if (conditions.length > CONDITION_COUNT_LIMIT) throw invalid("Too many conditions.");
  return { expiresMs, conditions: conditions.map((condition: unknown) => parseCondition(condition)) };
}

function parseObject(base64: string): ReadonlyMap<string, unknown> {
  let parsed: unknown;
  try {
    if (!/^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/.test(base64)) throw new TypeError("not base64");
    const bytes = Buffer.from(base64, "base64");
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw invalid("Invalid JSON.");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw invalid("Invalid JSON.");
  return new Map(Object.entries(parsed));
}

function parseCondition(condition: unknown): PostCondition {
  if (Array.isArray(condition)) return parseList(condition);
  if (typeof condition !== "object" || condition === null) {
    throw invalid("Invalid Condition: must be a List or a Simple-Condition.");
  }
  const entries: readonly [string, unknown][] = Object.entries(condition);
  const [entry] = entries;
  if (entry === undefined || entries.length !== 1) {
    throw invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.");
  }
  const [name, value] = entry;
  if (typeof value !== "string") throw invalid("Invalid Simple-Condition: value must be a string.");
  return matching("eq", `$${name}`, value);
}

function parseList(list: readonly unknown[]): PostCondition {
  const [operator, first, second] = list;
  const name = typeof operator === "string" ? operator.toLowerCase() : "";
  if (name !== "eq" && name !== "starts-with" && name !== "content-length-range") {
    throw invalid(`Invalid Condition: unknown operation '${printValue(operator)}'.`);
  }
  if (list.length !== 3) throw invalid(`Invalid Condition: wrong number of arguments for '${name}'.`);
  if (name === "content-length-range") return parseRange(first, second);
  if (typeof first !== "string" || typeof second !== "string") {
    throw invalid(`Invalid Condition: the arguments of '${name}' must be strings.`);
  }
  return matching(name, first, second);
}

function matching(operator: "eq" | "starts-with", field: string, value: string): PostCondition {
  return { operator, field, value, printed: printList([operator, field, value]) };
}

function parseRange(least: unknown, most: unknown): PostCondition {
  for (const bound of [least, most]) {
    if (typeof bound !== "number" && typeof bound !== "string") {
      throw invalid("Invalid Condition: the arguments of 'content-length-range' must be numbers.");
    }
    if (Number(bound) < 0)
      throw invalid("Invalid Condition: the arguments of 'content-length-range' must not be negative.");
  }
  const range = { least: parseSize(least), most: parseSize(most) };
  return {
    operator: "content-length-range",
    range: Number.isNaN(range.least) || Number.isNaN(range.most) ? null : range,
    printed: printList(["content-length-range", printValue(least), printValue(most)]),
  };
}

function parseSize(bound: unknown): number {
  const text = String(bound);
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

function printList(parts: readonly string[]): string {
  return `[${parts.map((part) => JSON.stringify(part)).join(", ")}]`;
}

function printValue(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function invalid(detail: string): Error {
  return s3Error("InvalidPolicyDocument", { message: `Invalid Policy: ${detail}` });
}
