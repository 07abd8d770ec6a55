import {
  compileWildcard,
  type NamedPrincipal,
  type PolicyDocument,
  PolicyError,
  parsePolicyDocument,
  parseWildcards,
  type Statement,
} from "@strongroom/iam";
import { isS3ConditionKey, LIST_CONDITION_KEYS } from "../auth/condition-keys.ts";
import { type S3Error, s3Error } from "../errors.ts";
import { kindsOfAction, type S3ResourceKind } from "./s3-actions.ts";

/** Knows which principals there are. */
export interface PrincipalDirectory {
  /** Whether `AWS` principals named so exist: an account, a user or a role, by ARN or by unique id. */
  hasPrincipal(name: string): Promise<boolean>;
  /** Whether an account has this owner id. */
  hasCanonicalUser(canonicalUserId: string): Promise<boolean>;
}

const ARN_PREFIX = "arn:aws:s3:::";

/**
 * A bucket's policy, valid for this bucket: its resources are the bucket's, its actions fit them, its principals
 * exist. Throws MalformedPolicy and PolicyTooLarge with S3's messages.
 */
export async function parseBucketPolicy(
  text: string,
  bucket: string,
  directory: PrincipalDirectory,
): Promise<PolicyDocument> {
  const document = parse(text);
  for (const statement of document.statements) {
    requireResources(statement, bucket);
    requireActions(statement, bucket);
    requireConditionKeys(statement);
    await requirePrincipals(statement, directory);
  }
  return document;
}

function parse(text: string): PolicyDocument {
  try {
    return parsePolicyDocument(text, { kind: "bucket" });
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    if (error.code === "PolicyTooLarge") throw s3Error("PolicyTooLarge", { cause: error });
    throw translate(error);
  }
}

/** S3's words, and the place, which it tells in an element of its own. */
function translate(error: PolicyError): S3Error {
  const suffix = ` (${error.place})`;
  const isInside = error.message.endsWith(suffix);
  const message = isInside ? error.message.slice(0, -suffix.length) : error.message;
  const element = MISSING_ELEMENTS.get(message);
  return s3Error("MalformedPolicy", {
    message: element === undefined ? message : `Missing required field ${element}`,
    fields: { Detail: isInside ? error.place : undefined },
    cause: error,
  });
}

/** Where S3 words differently what other services say of a missing element. */
const MISSING_ELEMENTS: ReadonlyMap<string, string> = new Map([
  ["Policy statement must contain actions.", "Action"],
  ["Policy statement must contain resources.", "Resource"],
]);

function malformedPolicy(message: string): S3Error {
  return s3Error("MalformedPolicy", { message });
}

function requireResources({ resources }: Statement, bucket: string): void {
  for (const pattern of resources?.patterns ?? []) {
    if (kindsOfResource(pattern, bucket).size === 0) throw malformedPolicy("Policy has invalid resource");
  }
}

/** What a pattern can stand for in this bucket: the bucket itself, objects in it, both, or nothing of it. */
function kindsOfResource(pattern: string, bucket: string): ReadonlySet<S3ResourceKind> {
  // Variables may become anything, so what they stand for here is left to the evaluation.
  const open = pattern.replace(/\$\{[^}]*\}/g, "*");
  if (open === "*") return new Set(["bucket", "object"]);
  if (!open.startsWith(ARN_PREFIX)) return new Set();
  const name = open.slice(ARN_PREFIX.length);
  const slash = name.indexOf("/");
  const bucketPart = slash < 0 ? name : name.slice(0, slash);
  if (!compileWildcard(parseWildcards(bucketPart))(bucket)) return new Set();
  if (slash >= 0) return new Set(["object"]);
  // A star at the end runs on over the slash.
  return new Set(bucketPart.endsWith("*") ? ["bucket", "object"] : ["bucket"]);
}

function requireActions({ actions, resources }: Statement, bucket: string): void {
  const kinds = new Set(
    (resources?.patterns ?? []).flatMap((pattern) => [...kindsOfResource(pattern, bucket)]),
  );
  for (const pattern of actions.patterns) {
    const matches = compileWildcard(parseWildcards(pattern.toLowerCase()));
    const actionKinds = kindsOfAction(pattern, matches);
    if (actionKinds.size === 0) throw malformedPolicy("Policy has invalid action");
    // What NotResource or NotAction leaves over cannot be told so simply.
    if (actions.isNegated || resources?.isNegated === true) continue;
    if (![...actionKinds].some((kind) => kinds.has(kind))) {
      throw malformedPolicy("Action does not apply to any resource(s) in statement");
    }
  }
}

function requireConditionKeys({ conditions, actions }: Statement): void {
  for (const { key } of conditions) {
    if (key.startsWith("s3:") && !isS3ConditionKey(key)) {
      throw malformedPolicy("Policy has an invalid condition key");
    }
    const applies =
      !LIST_CONDITION_KEYS.has(key) ||
      actions.isNegated ||
      actions.patterns.some((pattern) => /list|\*/i.test(pattern));
    if (!applies) {
      throw malformedPolicy("Conditions do not apply to combination of actions and resources in statement");
    }
  }
}

async function requirePrincipals(
  { principals, effect }: Statement,
  directory: PrincipalDirectory,
): Promise<void> {
  if (principals === null) return;
  if (principals.isNegated && effect === "Allow") {
    throw malformedPolicy("Allow with NotPrincipal is not allowed.");
  }
  for (const named of principals.named) {
    if (await exists(named, directory)) continue;
    throw s3Error("MalformedPolicy", {
      message: "Invalid principal in policy",
      fields: { Detail: `"${named.kind}" : "${named.value}"` },
    });
  }
}

async function exists({ kind, value }: NamedPrincipal, directory: PrincipalDirectory): Promise<boolean> {
  switch (kind) {
    case "AWS":
      return value === "*" || (await directory.hasPrincipal(value));
    case "CanonicalUser":
      return directory.hasCanonicalUser(value);
    default:
      return true;
  }
}
