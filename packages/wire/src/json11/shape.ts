import { Json11Error } from "./json11-error.ts";

/**
 * What a JSON value must look like. `parse` gives the typed value, or undefined when it had to note a problem;
 * a value of another JSON type throws SerializationException. `path` is the member as AWS's messages name it:
 * `keySpec`, `tags.1.member.tagKey`.
 */
export interface Shape<T> {
  parse(value: unknown, path: string, problems: string[]): T | undefined;
}

/** A member that must be there. */
export interface RequiredMember<T> {
  readonly required: Shape<T>;
}

export type ParsedAs<S> = S extends Shape<infer T> ? T : never;

export function required<T>(shape: Shape<T>): RequiredMember<T> {
  return { required: shape };
}

/** One entry of "N validation errors detected: …". `shown` is the offending value as AWS prints it. */
export function problem(shown: string, path: string, constraint: string): string {
  return `Value ${shown}at '${path}' failed to satisfy constraint: Member must ${constraint}`;
}

export function wrongType(value: unknown, wanted: string): Json11Error {
  const found = value === true || value === false ? `${value}`.toUpperCase() : typeName(value);
  return new Json11Error("SerializationException", `${found}_VALUE can not be converted to ${wanted}`);
}

function typeName(value: unknown): string {
  if (typeof value === "string") return "STRING";
  if (typeof value === "number") return "NUMBER";
  return Array.isArray(value) ? "LIST" : "STRUCTURE";
}

/** The value of a whole document. Throws SerializationException, or ValidationException with every problem. */
export function parseShape<T>(shape: Shape<T>, value: unknown): T {
  const problems: string[] = [];
  const parsed = shape.parse(value, "", problems);
  if (problems.length === 0 && parsed !== undefined) return parsed;
  const plural = problems.length === 1 ? "error" : "errors";
  throw new Json11Error(
    "ValidationException",
    `${problems.length} validation ${plural} detected: ${problems.join("; ")}`,
  );
}
