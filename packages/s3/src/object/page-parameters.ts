import { invalidArgument } from "../errors.ts";

const MAX_INTEGER = 2_147_483_647;
export const DEFAULT_PAGE_SIZE = 1000;

/**
 * A count given as text (`max-parts`, `x-amz-part-number-marker`): `fallback` when absent or empty, and never more
 * than `most`. Throws InvalidArgument.
 */
export function parseCount(
  name: string,
  text: string | undefined,
  { fallback, most = MAX_INTEGER }: { readonly fallback: number; readonly most?: number },
): number {
  if (text === undefined || text === "") return fallback;
  if (!/^-?\d{1,10}$/.test(text)) {
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
  }
  const count = Number(text);
  if (count > MAX_INTEGER) {
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
  }
  if (count < 0) {
    throw invalidArgument(`Argument ${name} must be an integer between 0 and ${MAX_INTEGER}`, name, text);
  }
  return Math.min(count, most);
}

/** "url" or undefined. Throws InvalidArgument for any other `encoding-type`. */
export function parseEncodingType(text: string | undefined): "url" | undefined {
  if (text === undefined || text === "url") return text;
  throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", text);
}
