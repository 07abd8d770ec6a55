import type { Bucket } from "@strongroom/store";
import { CORS_DOCUMENT, type CorsMethod, type CorsRule, isCorsMethod, parseStoredCors } from "./cors-rule.ts";

/** What a request of a page asks to be allowed. */
export interface CrossOriginRequest {
  readonly origin: string;
  /** The method to come, or the request's own. */
  readonly method: string;
  /** `Access-Control-Request-Headers`, as sent. */
  readonly requestedHeaders: string | undefined;
}

/** Names and values that let the page's browser show it the answer. */
export type CorsHeaders = readonly (readonly [name: string, value: string])[];

type Matches = (text: string) => boolean;

interface CompiledRule {
  readonly origins: readonly { readonly isEverybody: boolean; readonly matches: Matches }[];
  readonly methods: ReadonlySet<CorsMethod>;
  readonly headers: readonly Matches[];
  readonly allowMethods: string;
  readonly exposeHeaders: string;
  readonly maxAgeSeconds: number | null;
}

const VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

/** One set of rules, ready to be asked. */
export class BucketCors {
  readonly #rules: readonly CompiledRule[];

  constructor(rules: readonly CorsRule[]) {
    this.#rules = rules.map(compileRule);
  }

  /** What the first rule that allows all of it says; null: none does. */
  allow({ origin, method, requestedHeaders }: CrossOriginRequest): CorsHeaders | null {
    if (!isCorsMethod(method)) return null;
    const names = splitNames(requestedHeaders);
    for (const rule of this.#rules) {
      if (!rule.methods.has(method)) continue;
      const allowed = rule.origins.find(({ matches }) => matches(origin));
      if (allowed === undefined) continue;
      if (!names.every((name) => rule.headers.some((matches) => matches(name)))) continue;
      return headersOf(rule, allowed.isEverybody ? null : origin, names);
    }
    return null;
  }
}

/** The engine hands out the same `Bucket` for the same revision of its record: a change holds from the next request on. */
const compiled = new WeakMap<Bucket, BucketCors | null>();

/** null: the bucket has no rules. Throws InternalError for a document that this program never wrote. */
export function bucketCors(bucket: Bucket): BucketCors | null {
  const known = compiled.get(bucket);
  if (known !== undefined) return known;
  const document = bucket.configuration[CORS_DOCUMENT];
  const fresh = document === undefined ? null : new BucketCors(parseStoredCors(document));
  compiled.set(bucket, fresh);
  return fresh;
}

function compileRule(rule: CorsRule): CompiledRule {
  return {
    origins: rule.allowedOrigins.map((origin) => ({
      isEverybody: origin === "*",
      matches: compilePattern(origin),
    })),
    methods: new Set(rule.allowedMethods),
    headers: rule.allowedHeaders.map((header) => compilePattern(header.toLowerCase())),
    allowMethods: rule.allowedMethods.join(", "),
    exposeHeaders: rule.exposeHeaders.join(", "),
    maxAgeSeconds: rule.maxAgeSeconds,
  };
}

/** The whole text, each end of the pattern held to an end of its own: `a*a` is not matched by `a`. */
function compilePattern(pattern: string): Matches {
  const at = pattern.indexOf("*");
  if (at === -1) return (text) => text === pattern;
  const start = pattern.slice(0, at);
  const end = pattern.slice(at + 1);
  return (text) => text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);
}

function splitNames(requestedHeaders: string | undefined): readonly string[] {
  if (requestedHeaders === undefined) return [];
  return requestedHeaders
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
}

/** `origin` null: the rule is for everybody, and then never for a page's credentials. */
function headersOf(rule: CompiledRule, origin: string | null, names: readonly string[]): CorsHeaders {
  const headers: [string, string][] = [
    ["Access-Control-Allow-Origin", origin ?? "*"],
    ["Access-Control-Allow-Methods", rule.allowMethods],
  ];
  if (names.length > 0) headers.push(["Access-Control-Allow-Headers", names.join(", ")]);
  if (rule.exposeHeaders !== "") headers.push(["Access-Control-Expose-Headers", rule.exposeHeaders]);
  if (rule.maxAgeSeconds !== null) headers.push(["Access-Control-Max-Age", String(rule.maxAgeSeconds)]);
  if (origin !== null) headers.push(["Access-Control-Allow-Credentials", "true"]);
  headers.push(["Vary", VARY]);
  return headers;
}
