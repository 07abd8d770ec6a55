import { problem, type Shape, wrongType } from "./shape.ts";

export interface TextLimits {
  readonly min?: number;
  /** In UTF-16 code units, as AWS counts. */
  readonly max?: number;
  readonly pattern?: RegExp;
  /** Never shown in a message. */
  readonly isSecret?: boolean;
}

/** Text. Unpaired surrogates are refused: UTF-8 would map them onto one another. */
export function text(limits: TextLimits = {}): Shape<string> {
  return {
    parse(value, path, problems) {
      if (typeof value !== "string" || !value.isWellFormed()) throw wrongType(value, "a String");
      const before = problems.length;
      const shown = limits.isSecret === true ? "" : `'${value}' `;
      noteLength(value.length, limits, shown, path, problems);
      // Not of what is too long: how long a pattern takes is bounded by what it is tried on.
      if (limits.pattern !== undefined && problems.length === before && !limits.pattern.test(value)) {
        problems.push(problem(shown, path, `satisfy regular expression pattern: ${limits.pattern.source}`));
      }
      return problems.length === before ? value : undefined;
    },
  };
}

/** One of a closed set. */
export function oneOf<const V extends string>(values: readonly V[]): Shape<V> {
  return {
    parse(value, path, problems) {
      if (typeof value !== "string") throw wrongType(value, "a String");
      const found = values.find((each) => each === value);
      if (found === undefined) {
        problems.push(problem(`'${value}' `, path, `satisfy enum value set: [${values.join(", ")}]`));
      }
      return found;
    },
  };
}

/** Bytes, as base64. The caller owns the buffer. */
export function blob(limits: { readonly min?: number; readonly max?: number } = {}): Shape<Buffer> {
  return {
    parse(value, path, problems) {
      if (typeof value !== "string") throw wrongType(value, "a Blob");
      const bytes = decodeBase64(value);
      if (bytes === null) throw wrongType(value, "a Blob");
      const before = problems.length;
      noteLength(bytes.length, limits, "", path, problems);
      return problems.length === before ? bytes : undefined;
    },
  };
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function decodeBase64(value: string): Buffer | null {
  if (value.length % 4 !== 0 || !BASE64.test(value)) return null;
  return Buffer.from(value, "base64");
}

export function integer(limits: { readonly min?: number; readonly max?: number } = {}): Shape<number> {
  return {
    parse(value, path, problems) {
      if (typeof value !== "number" || !Number.isSafeInteger(value)) throw wrongType(value, "an Integer");
      const { min = -Infinity, max = Infinity } = limits;
      const shown = `'${value}' `;
      if (value < min) problems.push(problem(shown, path, `have value greater than or equal to ${min}`));
      else if (value > max) problems.push(problem(shown, path, `have value less than or equal to ${max}`));
      else return value;
      return undefined;
    },
  };
}

export function flag(): Shape<boolean> {
  return {
    parse(value) {
      if (typeof value !== "boolean") throw wrongType(value, "a Boolean");
      return value;
    },
  };
}

const MAX_TIME_MS = 8.64e15;

/** A time: seconds since 1970, with fractions, on the wire; milliseconds here. */
export function timestamp(): Shape<number> {
  return {
    parse(value) {
      if (typeof value !== "number" || !(Math.abs(value) * 1000 <= MAX_TIME_MS)) {
        throw wrongType(value, "a Timestamp");
      }
      return Math.round(value * 1000);
    },
  };
}

export function noteLength(
  length: number,
  limits: { readonly min?: number; readonly max?: number },
  shown: string,
  path: string,
  problems: string[],
): void {
  const { min = 0, max = Infinity } = limits;
  if (length < min) problems.push(problem(shown, path, `have length greater than or equal to ${min}`));
  if (length > max) problems.push(problem(shown, path, `have length less than or equal to ${max}`));
}
