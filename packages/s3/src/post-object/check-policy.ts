import { s3Error } from "../errors.ts";
import type { ByteSizeRange, PostCondition, PostPolicy } from "./post-policy.ts";

/** Fields no condition has to speak of: the file, the policy itself, and what proves it. Names are lower case. */
const EXEMPT: ReadonlySet<string> = new Set([
  "file",
  "policy",
  "x-amz-signature",
  "signature",
  "awsaccesskeyid",
]);
const EXEMPT_PREFIX = "x-ignore-";
const BUCKET = "bucket";
const CONTENT_TYPE = "content-type";

export interface CheckedForm {
  readonly fields: ReadonlyMap<string, string>;
  /** The bucket the form was sent to: what `bucket` means, whatever the form says. */
  readonly bucket: string;
}

/**
 * Holds a form against its policy, names compared without case, values with [L-161]: every condition must hold, and
 * every field must be spoken of by one. Returns the sizes that the file may have. Throws AccessDenied in S3's words.
 */
export function checkPolicy(policy: PostPolicy, form: CheckedForm, nowMs: number): ByteSizeRange {
  if (nowMs >= policy.expiresMs) throw violated("Policy expired.");
  const spokenOf = new Set<string>();
  let least = 0;
  let most = Number.POSITIVE_INFINITY;
  for (const condition of policy.conditions) {
    if (condition.operator === "content-length-range") {
      if (condition.range === null) throw failed(condition);
      least = Math.max(least, condition.range.least);
      most = Math.min(most, condition.range.most);
      continue;
    }
    const name = fieldName(condition.field);
    const value = name === null ? undefined : findValue(form, name);
    if (value === undefined || !holds(condition, name, value)) throw failed(condition);
    if (name !== null) spokenOf.add(name);
  }
  const extra = [...form.fields.keys(), BUCKET].filter((name) => !spokenOf.has(name) && !isExempt(name));
  if (extra.length > 0) throw violated(`Extra input fields: ${[...new Set(extra)].join(", ")}`);
  return { least, most };
}

/**
 * The bucket in the form, if it names one, must be the one in the URL: a form for one bucket is no form for another,
 * also when nobody signed it. Throws AccessDenied.
 */
export function requireSameBucket({ fields, bucket }: CheckedForm): void {
  const named = fields.get(BUCKET);
  if (named === undefined || named === bucket) return;
  throw violated(`Policy Condition failed: ["eq", "$bucket", ${JSON.stringify(named)}]`);
}

function fieldName(field: string): string | null {
  return field.startsWith("$") ? field.slice(1).toLowerCase() : null;
}

function findValue(form: CheckedForm, name: string): string | undefined {
  return name === BUCKET ? form.bucket : form.fields.get(name);
}

function holds(
  { operator, value: wanted }: Extract<PostCondition, { field: string }>,
  name: string | null,
  value: string,
): boolean {
  if (operator === "eq") return value === wanted;
  // A list of media types must fit with each of its members.
  if (name === CONTENT_TYPE) return value.split(",").every((type) => type.trim().startsWith(wanted));
  return value.startsWith(wanted);
}

function isExempt(name: string): boolean {
  return EXEMPT.has(name) || name.startsWith(EXEMPT_PREFIX);
}

function failed(condition: PostCondition): Error {
  return violated(`Policy Condition failed: ${condition.printed}`);
}

function violated(detail: string): Error {
  return s3Error("AccessDenied", { message: `Invalid according to Policy: ${detail}` });
}
