import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import { encodeSequence } from "@strongroom/base";
import { KmsError } from "../kms-error.ts";

/** Which grant a token stands for. */
export interface GrantTokenContent {
  readonly region: string;
  readonly keyId: string;
  readonly grantId: string;
}

const MAC_SIZE_BYTES = 32;
const VERSION = 1;

/** A text only this service can make: the grant's name and a nonce, with a MAC. Grants count at once, so it proves, and delays nothing. */
export function printGrantToken(key: KeyObject, content: GrantTokenContent): string {
  const nonce = randomBytes(12).toString("base64url");
  const body = Buffer.from(JSON.stringify([VERSION, content.region, content.keyId, content.grantId, nonce]));
  return Buffer.concat([mac(key, body), body]).toString("base64url");
}

/** Throws InvalidGrantTokenException for anything that this service did not make. */
export function parseGrantToken(key: KeyObject, token: string): GrantTokenContent {
  const bytes = Buffer.from(token, "base64url");
  const body = bytes.subarray(MAC_SIZE_BYTES);
  if (bytes.length <= MAC_SIZE_BYTES || !timingSafeEqual(bytes.subarray(0, MAC_SIZE_BYTES), mac(key, body))) {
    throw invalidToken();
  }
  const parsed: unknown = JSON.parse(body.toString("utf8"));
  if (!Array.isArray(parsed)) throw invalidToken();
  const [version, region, keyId, grantId] = parsed;
  if (
    version !== VERSION ||
    typeof region !== "string" ||
    typeof keyId !== "string" ||
    typeof grantId !== "string"
  ) {
    throw invalidToken();
  }
  return { region, keyId, grantId };
}

function mac(key: KeyObject, body: Buffer): Buffer {
  return createHmac("sha256", key)
    .update(encodeSequence(["grant token", body]))
    .digest();
}

function invalidToken(): KmsError {
  return new KmsError("InvalidGrantTokenException", "The grant token is not valid.");
}
