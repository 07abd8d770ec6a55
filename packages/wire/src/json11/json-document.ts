import { Json11Error } from "./json11-error.ts";

/** The document of a request body; an empty body is an empty structure. Throws SerializationException. */
export function parseJsonDocument(body: Uint8Array): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new Json11Error("SerializationException", "The request body is not a JSON document in UTF-8.");
  }
}

/** What an operation may answer: bytes become base64, dates epoch seconds, undefined members are left out. */
export type OutputValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | Uint8Array
  | Date
  | readonly OutputValue[]
  | { readonly [name: string]: OutputValue };

export function printJsonDocument(output: OutputValue): string {
  return JSON.stringify(toJson(output));
}

function toJson(value: OutputValue): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64");
  }
  if (value instanceof Date) return value.getTime() / 1000;
  if (isList(value)) return value.map(toJson);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toJson(member)]));
}

const isList = (value: object): value is readonly OutputValue[] => Array.isArray(value);
