import { compileStatement, type StatementRules } from "./compile-statement.ts";
import { indexByService } from "./index-statements.ts";
import type { PolicyDocument } from "./policy-document.ts";
import { malformed, PolicyError } from "./policy-error.ts";
import {
  DEFAULT_LIMITS,
  MAX_DEPTH,
  MAX_TEXT_LENGTH,
  type PolicyKind,
  type PolicyLimits,
  policySize,
} from "./policy-limits.ts";
import { type JsonObject, type JsonValue, parseStrictJson } from "./strict-json.ts";

export interface ParsePolicyOptions {
  readonly kind: PolicyKind;
  /** Of the API that takes the policy, where they differ from the kind's. */
  readonly limits?: Partial<PolicyLimits>;
}

const ELEMENTS: ReadonlySet<string> = new Set(["Version", "Id", "Statement"]);

/**
 * Parses, validates and compiles a policy. Throws a PolicyError that names the place for everything that is not
 * exactly a policy of its kind: an element, operator or version that there is not, a name that stands twice, a value
 * of the wrong form. Time and memory are linear in the text, and the text is limited first.
 */
export function parsePolicyDocument(text: string, options: ParsePolicyOptions): PolicyDocument {
  const { kind } = options;
  requireSize(text, { ...DEFAULT_LIMITS[kind], ...options.limits });
  const document = parseObject(text, kind);
  for (const name of document.keys()) {
    if (!ELEMENTS.has(name)) throw malformed(`Unknown field ${name}`, name);
  }
  const version = parseVersion(document.get("Version"));
  const id = document.get("Id") ?? null;
  if (id !== null && typeof id !== "string")
    throw malformed("Syntax errors in policy: Id is not a text", "Id");
  const rules: StatementRules = { kind, hasVariables: version === "2012-10-17" };
  const statements = listStatements(document.get("Statement")).map((value, index) =>
    compileStatement(value, index, rules),
  );
  requireDistinctSids(statements);
  return { version, id, statements, statementsFor: indexByService(statements) };
}

function requireSize(text: string, { maxSize, ignoresWhitespace }: PolicyLimits): void {
  if (text.length <= MAX_TEXT_LENGTH && policySize(text, ignoresWhitespace) <= maxSize) return;
  const unit = ignoresWhitespace ? "characters without white space" : "bytes";
  throw new PolicyError("PolicyTooLarge", `The policy is larger than ${maxSize} ${unit}.`, "document");
}

function parseObject(text: string, kind: PolicyKind): JsonObject {
  // S3 says this of any text that does not begin like a policy, before it looks further.
  if (kind === "bucket" && !text.startsWith("{")) {
    throw malformed("Policies must be valid JSON and the first byte must be '{'", "line 1, column 1");
  }
  const value = readJson(text, kind);
  if (!(value instanceof Map)) throw malformed(NOT_JSON_MESSAGES[kind], "line 1, column 1");
  return value;
}

/** What the services say of a document that is no JSON. */
const NOT_JSON_MESSAGES = {
  identity: "Syntax errors in policy.",
  session: "This policy contains invalid Json",
  trust: "This policy contains invalid Json",
  bucket: "Policies must be valid JSON and the first byte must be '{'",
  "kms-key": "Policy contains invalid JSON",
  resource: "This policy contains invalid Json",
} as const satisfies Record<PolicyKind, string>;

function readJson(text: string, kind: PolicyKind): JsonValue {
  try {
    return parseStrictJson(text, MAX_DEPTH);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new PolicyError(error.code, NOT_JSON_MESSAGES[kind], `${error.place} (${error.message})`);
  }
}

function parseVersion(value: JsonValue | undefined): PolicyDocument["version"] {
  if (value === undefined) return "2008-10-17";
  if (value !== "2012-10-17" && value !== "2008-10-17") {
    throw malformed("The policy must contain a valid version string", "Version");
  }
  return value;
}

function listStatements(value: JsonValue | undefined): readonly JsonValue[] {
  if (value === undefined) throw malformed("Missing required field Statement", "Statement");
  const statements: readonly JsonValue[] = Array.isArray(value) ? value : [value];
  if (statements.length === 0)
    throw malformed("Could not parse the policy: Statement is empty!", "Statement");
  return statements;
}

function requireDistinctSids(statements: PolicyDocument["statements"]): void {
  const seen = new Set<string>();
  for (const { sid, index } of statements) {
    if (sid === null || sid === "") continue;
    if (seen.has(sid)) {
      throw malformed("Statement IDs (SID) in a single policy must be unique.", `Statement[${index}].Sid`);
    }
    seen.add(sid);
  }
}
