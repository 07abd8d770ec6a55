import { hash } from "node:crypto";
import { s3Error } from "../errors.ts";

const CHECK_DIGITS = 16;

/**
 * Opaque continuation tokens: where the next page starts, with a check value bound to what is listed, so that a
 * token of another listing or a mangled one is refused instead of starting somewhere. Not a secret: a caller who
 * may list could name the place itself.
 */
export function printPageToken(scope: string, after: string): string {
  const place = Buffer.from(after, "utf8").toString("base64url");
  return `${checkOf(scope, place)}${place}`;
}

/** Throws InvalidArgument. */
export function parsePageToken(scope: string, token: string): string {
  const place = token.slice(CHECK_DIGITS);
  if (token.length > 8192 || place === "" || token.slice(0, CHECK_DIGITS) !== checkOf(scope, place)) {
    throw s3Error("InvalidArgument", {
      message: "The continuation token provided is incorrect",
      fields: { ArgumentName: "continuation-token" },
    });
  }
  return Buffer.from(place, "base64url").toString("utf8");
}

function checkOf(scope: string, place: string): string {
  return hash("sha256", `${scope}\n${place}`, "hex").slice(0, CHECK_DIGITS);
}
