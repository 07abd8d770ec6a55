import { invalidArgument, s3Error } from "../errors.ts";

const INTEGER = /^[+-]?\d{1,10}$/;
const LIMIT = 2 ** 31 - 1;

/** Throws MalformedXML for what is no integer of 32 bits, and InvalidArgument for one below 0. */
export function readInteger(text: string, name: string, action: string): number {
  const value = parse(text);
  if (value >= 0) return value;
  throw invalidArgument(`'${name}' for ${action} action must be nonnegative`, name, text);
}

/** As `readInteger`, for a number that is at least 1. */
export function readPositive(text: string, name: string, action: string): number {
  const value = parse(text);
  if (value > 0) return value;
  throw invalidArgument(`'${name}' for ${action} action must be a positive integer`, name, text);
}

function parse(text: string): number {
  const value = Number(text);
  if (!INTEGER.test(text) || Math.abs(value) > LIMIT) throw s3Error("MalformedXML");
  return value;
}

/** Bytes of an object. Throws MalformedXML. */
export function readSize(text: string): number {
  const value = Number(text);
  if (!/^\d{1,15}$/.test(text)) throw s3Error("MalformedXML");
  return value;
}
