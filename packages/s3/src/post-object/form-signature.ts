import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import type { SecretBytes } from "@strongroom/base";
import { type CredentialScope, parseAmzDate, parseCredential } from "@strongroom/wire";
import { s3Error } from "../errors.ts";

/** The signature of a form's policy as its fields state it: plausible, not yet verified. */
export type FormSignature = {
  readonly accessKeyId: string;
  /** As sent. */
  readonly signature: string;
  /** The base64 text that is signed. */
  readonly policy: string;
  readonly securityToken: string | null;
} & (
  | { readonly version: "AWS4-HMAC-SHA256"; readonly scope: CredentialScope; readonly signedAtMs: number }
  /** Signature version 2, which S3 still takes in forms (docs/decisions/0011-post-forms.md). */
  | { readonly version: "AWS" }
);

type Fields = ReadonlyMap<string, string>;

const ALGORITHM = "AWS4-HMAC-SHA256";
const TOKEN_FIELD = "x-amz-security-token";
/** Field names in the order in which S3 misses them. */
const VERSION_4_FIELDS = [
  "policy",
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Signature",
] as const;
const VERSION_2_FIELDS = ["policy", "AWSAccessKeyId", "Signature"] as const;

/**
 * null: none of the form's fields is part of a signature; it is anonymous. Throws InvalidArgument for a part that is
 * missing, and what S3 calls a credential that does not fit this server.
 */
export function readFormSignature(fields: Fields, region: string): FormSignature | null {
  if (VERSION_4_FIELDS.slice(1).some((name) => fields.has(name.toLowerCase())))
    return readVersion4(fields, region);
  if (VERSION_2_FIELDS.slice(1).some((name) => fields.has(name.toLowerCase()))) return readVersion2(fields);
  return null;
}

function readVersion4(fields: Fields, region: string): FormSignature {
  const [policy, algorithm, credentialText, amzDate, signature] = requireFields(fields, VERSION_4_FIELDS);
  if (algorithm !== ALGORITHM) throw misread(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  const signedAtMs = parseAmzDate(amzDate);
  if (signedAtMs === undefined) {
    throw misread(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
  }
  const credential = parseCredential(credentialText, amzDate, { nowMs: 0, region, services: ["s3"] });
  if ("message" in credential) {
    throw misread(`Error parsing the X-Amz-Credential parameter; ${credential.message}`, credential.details);
  }
  const securityToken = fields.get(TOKEN_FIELD) ?? null;
  return { version: ALGORITHM, ...credential, signedAtMs, signature, policy, securityToken };
}

function readVersion2(fields: Fields): FormSignature {
  const [policy, accessKeyId, signature] = requireFields(fields, VERSION_2_FIELDS);
  return { version: "AWS", accessKeyId, signature, policy, securityToken: fields.get(TOKEN_FIELD) ?? null };
}

function requireFields<const Names extends readonly string[]>(
  fields: Fields,
  names: Names,
): { readonly [At in keyof Names]: string } {
  const values = names.map((name) => {
    const value = fields.get(name.toLowerCase());
    if (value === undefined) throw missingField(name);
    return value;
  });
  return values as { readonly [At in keyof Names]: string };
}

/** The words for any field that a form must have. */
export function missingField(name: string): Error {
  return s3Error("InvalidArgument", {
    message: `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    fields: { ArgumentName: name, ArgumentValue: "" },
  });
}

/** `signingKey` derives version 4's key; version 2 signs with the secret itself. Throws SignatureDoesNotMatch. */
export function verifyFormSignature(
  form: FormSignature,
  secret: SecretBytes,
  signingKey: (scope: CredentialScope) => KeyObject,
): void {
  const expected =
    form.version === "AWS"
      ? createHmac("sha1", createSecretKey(secret.expose())).update(form.policy).digest("base64")
      : createHmac("sha256", signingKey(form.scope)).update(form.policy).digest("hex");
  const wanted = Buffer.from(expected, "latin1");
  const given = Buffer.from(form.signature, "utf8");
  if (wanted.length === given.length && timingSafeEqual(wanted, given)) return;
  throw s3Error("SignatureDoesNotMatch", {
    fields: {
      AWSAccessKeyId: form.accessKeyId,
      StringToSign: form.policy,
      SignatureProvided: form.signature,
      StringToSignBytes: Buffer.from(form.policy, "utf8")
        .toString("hex")
        .replace(/(..)(?!$)/g, "$1 "),
    },
  });
}

function misread(message: string, fields: Readonly<Record<string, string>> = {}): Error {
  return s3Error("AuthorizationQueryParametersError", { message, fields });
}
