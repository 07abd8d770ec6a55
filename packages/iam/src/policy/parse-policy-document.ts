import { compileStatement, type StatementRules } from "./compile-statement.ts";
import { indexStatements } from "./index-statements.ts";
import type { PolicyDocument, Statement } from "./policy-document.ts";
import { malformed, PolicyError } from "./policy-error.ts";
import {
  DEFAULT_LIMITS,
  MAX_DEPTH,
  MAX_TEXT_LENGTH,
  type PolicyKind,
  type PolicyLimits,
  policySize,
} from "./policy-limits.ts";
import { type JsonObject, type JsonValue, type ParsedJson, parseStrictJson } from "./strict-json.ts";

export interface ParsePolicyOptions {
  readonly kind: PolicyKind;
  /** Of the API that takes the policy, where they differ from the kind's. */
  readonly limits?: Partial<PolicyLimits>;
}

const ELEMENTS: ReadonlySet<string> = new Set(["Version", "Id", "Statement"]);

/** What the services say of a document that is no JSON. Those with a full stop take the place behind it. */
const NOT_JSON_MESSAGES = {
  identity: "Syntax errors in policy.",
  session: "This policy contains invalid Json",
  trust: "This policy contains invalid Json",
  bucket: "Policies must be valid JSON and the first byte must be '{'",
  "kms-key": "Policy contains invalid JSON.",
  resource: "This policy contains invalid Json",
} as const satisfies Record<PolicyKind, string>;

/**
 * Parses, validates and compiles a policy. Throws a PolicyError that names the place for everything that is not
 * exactly a policy of its kind: an element, operator or version that there is not, a name that stands twice, a value
 * of the wrong form. The text is limited first, and the work is linear in it.
 */
export function parsePolicyDocument(text: string, options: ParsePolicyOptions): PolicyDocument {
  const { kind } = options;
  requireSize(text, { ...DEFAULT_LIMITS[kind], ...options.limits });
  const json = readJson(text, kind);
  const document = requireObject(json.value, kind);
  for (const name of document.keys()) {
    if (!ELEMENTS.has(name)) throw malformed(`Unknown field ${name.slice(0, 200)}`, name);
  }
  const version = parseVersion(document.get("Version"));
  const id = document.get("Id") ?? null;
  if (id !== null && typeof id !== "string") throw malformed("Syntax errors in policy.", "Id");
  const rules: StatementRules = { kind, hasVariables: version === "2012-10-17", spanOf: json.spanOf };
  const statements = listStatements(document.get("Statement")).map((value, index) =>
    compileStatement(value, index, rules),
  );
  requireDistinctSids(statements);
  return { version, id, statements, statementsFor: indexStatements(statements) };
}

function requireSize(text: string, { maxSize, ignoresWhitespace }: PolicyLimits): void {
  if (text.length <= MAX_TEXT_LENGTH && policySize(text, ignoresWhitespace) <= maxSize) return;
  const unit = ignoresWhitespace ? "characters without white space" : "bytes";
  throw new PolicyError("PolicyTooLarge", `The policy is larger than ${maxSize} ${unit}.`, "document");
}

function readJson(text: string, kind: PolicyKind): ParsedJson {
  try {
    return parseStrictJson(text, MAX_DEPTH);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const place = `${error.place}: ${error.message}`;
    const message = NOT_JSON_MESSAGES[kind];
    throw malformed(message.endsWith(".") ? `${message} (${place})` : message, place);
  }
}

function requireObject(value: JsonValue, kind: PolicyKind): JsonObject {
  if (value instanceof Map) return value;
  throw malformed(NOT_JSON_MESSAGES[kind], "line 1, column 1");
}

function parseVersion(value: JsonValue | undefined): PolicyDocument["version"] {
  if (value === undefined) return "2008-10-17";
  if (value === "2012-10-17" || value === "2008-10-17") return value;
  throw malformed("The policy must contain a valid version string", "Version");
}

function listStatements(value: JsonValue | undefined): readonly JsonValue[] {
  if (value === undefined) throw malformed("Missing required field Statement", "Statement");
  const statements: readonly JsonValue[] = Array.isArray(value) ? value : [value];
  if (statements.length === 0)
    throw malformed("Could not parse the policy: Statement is empty!", "Statement");
  return statements;
}

function requireDistinctSids(statements: readonly Statement[]): void {
  const seen = new Set<string>();
  for (const { sid, index } of statements) {
    if (sid === null || sid === "") continue;
    if (seen.has(sid)) {
      throw malformed("Statement IDs (SID) in a single policy must be unique.", `Statement[${index}].Sid`);
    }
    seen.add(sid);
  }
}
