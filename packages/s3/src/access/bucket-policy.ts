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
import { namedPrincipals, type PrincipalDirectory, type UniqueIds } from "./bound-principals.ts";
import { kindsOfAction, type S3ResourceKind } from "./s3-actions.ts";

/** A policy that holds for a bucket, and the unique ids of the users and roles it names. */
export interface ValidPolicy {
  readonly document: PolicyDocument;
  readonly ids: UniqueIds;
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
): Promise<ValidPolicy> {
  const document = parse(text);
  for (const statement of document.statements) {
    requireResources(statement, bucket);
    requireActions(statement, bucket);
    requireConditionKeys(statement);
    requireNoExcludingAllow(statement);
  }
  return { document, ids: await findPrincipals(document, directory) };
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

function requireNoExcludingAllow({ principals, effect }: Statement): void {
  if (principals?.isNegated === true && effect === "Allow") {
    throw malformedPolicy("Allow with NotPrincipal is not allowed.");
  }
}

async function findPrincipals(document: PolicyDocument, directory: PrincipalDirectory): Promise<UniqueIds> {
  const ids = new Map<string, string>();
  for (const named of namedPrincipals(document)) {
    if (named.kind === "AWS" && named.value !== "*") {
      const found = await directory.findPrincipal(named.value);
      if (found === null) throw invalidPrincipal(named);
      if (found.uniqueId !== null) ids.set(named.value, found.uniqueId);
    } else if (named.kind === "CanonicalUser" && !(await directory.hasCanonicalUser(named.value))) {
      throw invalidPrincipal(named);
    }
  }
  return ids;
}

function invalidPrincipal({ kind, value }: NamedPrincipal): S3Error {
  return s3Error("MalformedPolicy", {
    message: "Invalid principal in policy",
    fields: { Detail: `"${kind}" : "${value}"` },
  });
}
