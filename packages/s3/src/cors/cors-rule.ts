import { s3Error } from "../errors.ts";

export const CORS_METHODS = ["GET", "PUT", "HEAD", "POST", "DELETE"] as const;
export type CorsMethod = (typeof CORS_METHODS)[number];

/** Name of the configuration document that holds a bucket's rules. */
export const CORS_DOCUMENT = "cors";

/** One rule of a bucket, as it was put and as it is told again. */
export interface CorsRule {
  readonly id: string | null;
  /** Each with at most one `*`. */
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly CorsMethod[];
  /** Each with at most one `*`. */
  readonly allowedHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds: number | null;
}

export function isCorsMethod(text: unknown): text is CorsMethod {
  return CORS_METHODS.some((method) => method === text);
}

/** The stored form. */
export function printStoredCors(rules: readonly CorsRule[]): string {
  return JSON.stringify(rules);
}

/** Throws InternalError for a document this program never wrote: rules that cannot be read allow nobody anything. */
export function parseStoredCors(document: string): readonly CorsRule[] {
  const parsed: unknown = JSON.parse(document);
  if (!Array.isArray(parsed)) throw s3Error("InternalError");
  return parsed.map(parseStoredRule);
}

function parseStoredRule(stored: unknown): CorsRule {
  if (typeof stored !== "object" || stored === null) throw s3Error("InternalError");
  const rule: Record<string, unknown> = { ...stored };
  const { id, allowedMethods, maxAgeSeconds } = rule;
  if (
    (id !== null && typeof id !== "string") ||
    (maxAgeSeconds !== null && typeof maxAgeSeconds !== "number") ||
    !Array.isArray(allowedMethods) ||
    !allowedMethods.every(isCorsMethod)
  ) {
    throw s3Error("InternalError");
  }
  return {
    id,
    allowedOrigins: textsOf(rule["allowedOrigins"]),
    allowedMethods,
    allowedHeaders: textsOf(rule["allowedHeaders"]),
    exposeHeaders: textsOf(rule["exposeHeaders"]),
    maxAgeSeconds,
  };
}

function textsOf(stored: unknown): readonly string[] {
  if (!Array.isArray(stored)) throw s3Error("InternalError");
  return stored.map((text: unknown) => {
    if (typeof text !== "string") throw s3Error("InternalError");
    return text;
  });
}
