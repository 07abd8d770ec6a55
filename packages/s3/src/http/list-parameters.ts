import { encodeListedKey } from "@strongroom/wire";
import { invalidArgument } from "../errors.ts";

const PAGE_LIMIT = 1000;
const INTEGER_LIMIT = 2_147_483_647;

/** What every listing of keys takes. */
export interface ListParameters {
  readonly prefix: string;
  /** "" when there is none. */
  readonly delimiter: string;
  /** 0…1000. */
  readonly limit: number;
  readonly encodingType: "url" | undefined;
}

/** Throws InvalidArgument. `limitName` is the parameter with the page size: `max-keys`, `max-uploads`. */
export function readListParameters(query: ReadonlyMap<string, string>, limitName: string): ListParameters {
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    limit: readPageLimit(query.get(limitName), limitName),
    encodingType: readEncodingType(query.get("encoding-type")),
  };
}

/** How keys, prefixes and markers are printed in this listing. */
export function keyPrinter(encodingType: ListParameters["encodingType"]): (objectKey: string) => string {
  return encodingType === "url" ? encodeListedKey : (objectKey) => objectKey;
}

export function readPageLimit(text: string | undefined, name: string): number {
  if (text === undefined || text === "") return PAGE_LIMIT;
  if (!/^-?\d{1,12}$/.test(text) || Number(text) > INTEGER_LIMIT) {
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
  }
  const value = Number(text);
  if (value < 0) {
    const argument = name.replace(/-(.)/, (_, letter: string) => letter.toUpperCase());
    throw invalidArgument(
      `Argument ${argument} must be an integer between 0 and ${INTEGER_LIMIT}`,
      argument,
      text,
    );
  }
  return Math.min(value, PAGE_LIMIT);
}

function readEncodingType(text: string | undefined): "url" | undefined {
  if (text === undefined || text === "url") return text;
  throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", text);
}
