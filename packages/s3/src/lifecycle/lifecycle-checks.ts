import type { LifecycleDelay, LifecycleRule } from "@strongroom/store";
import { invalidArgument, type S3Error, s3Error } from "../errors.ts";

/** What must hold within each rule and between them, in S3's words. Throws InvalidArgument, InvalidRequest. */
export function requireSoundRules(rules: readonly LifecycleRule[]): void {
  const ids = new Set(rules.map(({ id }) => id));
  if (ids.size < rules.length) {
    throw invalidArgument("Rule ID must be unique. Found same ID for more than one rule", "ID");
  }
  requireOneForm(rules);
  for (const rule of rules) {
    requireAction(rule);
    requireFittingConditions(rule);
    requireOrder(rule);
  }
}

/** S3 tells two versions of the document apart by the first rule. */
function requireOneForm([first, ...others]: readonly LifecycleRule[]): void {
  const isOld = first?.form === "prefix";
  if (others.every(({ form }) => (form === "prefix") === isOld)) return;
  throw invalidRequest(
    isOld
      ? "Filter element can only be used in Lifecycle V2."
      : "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.",
  );
}

function requireAction(rule: LifecycleRule): void {
  const { expiration, noncurrentExpiration, abortUploadsAfterDays } = rule;
  const hasEnd = expiration !== null || noncurrentExpiration !== null || abortUploadsAfterDays !== null;
  if (hasEnd || rule.transitions.length > 0 || rule.noncurrentTransitions.length > 0) return;
  throw invalidRequest("At least one action needs to be specified in a rule");
}

/** Uploads and markers have neither tags nor a size that could be asked for. */
function requireFittingConditions({ conditions, expiration, abortUploadsAfterDays }: LifecycleRule): void {
  const { tags, sizeGreaterThan, sizeLessThan } = conditions;
  if (sizeGreaterThan !== null && sizeLessThan !== null && sizeLessThan <= sizeGreaterThan) {
    throw invalidRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");
  }
  const hasSize = sizeGreaterThan !== null || sizeLessThan !== null;
  const refuse = (what: string): void => {
    if (tags.length > 0) throw invalidRequest(`${what} cannot be specified with Tags.`);
    if (hasSize) throw invalidRequest(`${what} cannot be specified with Object Size.`);
  };
  if (abortUploadsAfterDays !== null) refuse("AbortIncompleteMultipartUpload");
  if (expiration !== null && "expiredMarkers" in expiration) refuse("ExpiredObjectDeleteMarker");
}

/** Transitions before the expiration, all by days or all by date, and none before its class takes any. */
function requireOrder(rule: LifecycleRule): void {
  const { expiration, noncurrentExpiration, transitions, noncurrentTransitions } = rule;
  const timed = expiration !== null && !("expiredMarkers" in expiration) ? expiration : null;
  const delays = [...transitions.map(({ delay }) => delay), ...(timed === null ? [] : [timed])];
  if (delays.some(isDate) && !delays.every(isDate)) {
    throw invalidRequest(
      `Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for ${about(rule)}`,
    );
  }
  for (const { delay, storageClass } of transitions) {
    if ("days" in delay) requireClassAge(delay.days, "Days", "Transition", storageClass);
    if (timed === null || lengthOf(delay) < lengthOf(timed)) continue;
    const what = isDate(delay) ? "Date" : "Days";
    throw invalidArgument(
      `'${what}' in the Expiration action for ${about(rule)} must be ${isDate(delay) ? "later" : "greater"} than '${what}' in the Transition action`,
      what,
    );
  }
  for (const { noncurrentDays, storageClass } of noncurrentTransitions) {
    requireClassAge(noncurrentDays, "NoncurrentDays", "NoncurrentVersionTransition", storageClass);
    if (noncurrentExpiration === null || noncurrentDays < noncurrentExpiration.noncurrentDays) continue;
    throw invalidArgument(
      `'NoncurrentDays' in the NoncurrentVersionExpiration action for ${about(rule)} must be greater than 'NoncurrentDays' in the NoncurrentVersionTransition action`,
      "NoncurrentDays",
    );
  }
  const classes = [transitions, noncurrentTransitions].map((list) => list.map((each) => each.storageClass));
  for (const list of classes) if (new Set(list).size < list.length) throw s3Error("MalformedXML");
}

const INFREQUENT_AFTER_DAYS = 30;

function requireClassAge(days: number, name: string, action: string, storageClass: string): void {
  if (!storageClass.endsWith("_IA") || days >= INFREQUENT_AFTER_DAYS) return;
  throw invalidArgument(
    `'${name}' in ${action} action must be greater than or equal to ${INFREQUENT_AFTER_DAYS} for storageClass '${storageClass}'`,
    name,
    String(days),
  );
}

const isDate = (delay: LifecycleDelay): delay is { readonly dateMs: number } => "dateMs" in delay;
const lengthOf = (delay: LifecycleDelay): number => (isDate(delay) ? delay.dateMs : delay.days);

/** How S3 names a rule in a refusal. */
function about({ form, conditions }: LifecycleRule): string {
  const prefix = conditions.prefix ?? "";
  return form === "prefix" ? `prefix '${prefix}'` : `filter '(prefix=${prefix})'`;
}

function invalidRequest(message: string): S3Error {
  return s3Error("InvalidRequest", { message });
}
