import { ARN_PAIR, bucketArn, type EncryptionPlan, objectArn } from "@strongroom/store";
import { invalidArgument, type S3Error } from "../errors.ts";
import type { BucketEncryption } from "../http/bucket-encryption.ts";
import type { S3Request } from "../http/s3-request.ts";
import { refuseBlockedKeys } from "./blocked-types.ts";
import { customerKeyOf, hasCustomerKey, requireKeyLength, requireSecureKeys } from "./customer-keys.ts";
import {
  COPY_SOURCE_CUSTOMER,
  SSE,
  SSE_BUCKET_KEY,
  SSE_CONTEXT,
  SSE_CUSTOMER,
  SSE_KMS_KEY_ID,
} from "./header-names.ts";
import { refuseUnknownFamilyMembers } from "./refused-headers.ts";
import { S3KeyRequester } from "./request-keys.ts";

/** The key that serves an account until it names one of its own. */
const MANAGED_KEY = "alias/aws/s3";

/**
 * How the data of a write is to be sealed: by its request, else by its bucket (reference §3.5), judged in the order in
 * which S3 judges (§2.7). Throws what S3 answers; nothing was read of the body by then.
 */
export function planEncryption(request: S3Request, byDefault: BucketEncryption): EncryptionPlan {
  refuseUnknownFamilyMembers(request);
  const scheme = request.header(SSE);
  const isCustomers = hasCustomerKey(request, SSE_CUSTOMER);
  if (isCustomers) refuseBlockedKeys(request, byDefault);
  requireSecureKeys(request);
  if (isCustomers && scheme !== undefined) {
    throw invalidArgument(
      "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
      SSE,
      scheme,
    );
  }
  const plan = isCustomers ? customerPlan(request) : planOfScheme(request, scheme, byDefault);
  // A faulty key of a copy's source is found before anything is looked up.
  customerKeyOf(request, COPY_SOURCE_CUSTOMER);
  return plan;
}

function customerPlan(request: S3Request): EncryptionPlan {
  if (request.header(SSE_KMS_KEY_ID) !== undefined || request.header(SSE_CONTEXT) !== undefined) {
    throw kmsOnly(undefined);
  }
  const sent = customerKeyOf(request, SSE_CUSTOMER);
  if (sent !== null) requireKeyLength(sent);
  return { scheme: "sse-c" };
}

function planOfScheme(
  request: S3Request,
  scheme: string | undefined,
  byDefault: BucketEncryption,
): EncryptionPlan {
  const keyId = request.header(SSE_KMS_KEY_ID);
  const contextText = request.header(SSE_CONTEXT);
  const bucketKey = readBoolean(request.header(SSE_BUCKET_KEY)) ?? byDefault.bucketKeyEnabled;
  switch (scheme) {
    case undefined:
      if (keyId !== undefined || contextText !== undefined) throw kmsOnly(undefined);
      return kmsPlan(request, byDefault.algorithm, byDefault.kmsKeyId, undefined, bucketKey);
    case "AES256":
      if (keyId !== undefined || contextText !== undefined) throw kmsOnly(scheme);
      return { scheme: "sse-s3" };
    case "aws:kms":
    case "aws:kms:dsse":
      return kmsPlan(request, scheme, keyId ?? null, contextText, bucketKey);
    default:
      throw invalidArgument("The encryption method specified is not supported", SSE, scheme);
  }
}

function kmsPlan(
  request: S3Request,
  algorithm: BucketEncryption["algorithm"],
  keyId: string | null,
  contextText: string | undefined,
  bucketKey: boolean,
): EncryptionPlan {
  if (algorithm === "AES256") return { scheme: "sse-s3" };
  new S3KeyRequester(request).requireEligible();
  const named = keyId ?? MANAGED_KEY;
  // A key of the bucket's has no part in encrypting twice.
  const usesBucketKey = bucketKey && algorithm === "aws:kms";
  const context = readContext(request, contextText, usesBucketKey);
  return algorithm === "aws:kms"
    ? { scheme: "sse-kms", keyId: named, context, bucketKey: usesBucketKey }
    : { scheme: "dsse-kms", keyId: named, context };
}

/** The requester's pairs. The ARN pair may stand among them if it says what will be added anyway. */
function readContext(
  request: S3Request,
  text: string | undefined,
  usesBucketKey: boolean,
): Readonly<Record<string, string>> {
  if (text === undefined) return {};
  const pairs = parseContext(text);
  const { [ARN_PAIR]: arn, ...own } = pairs;
  const bucket = request.bucket ?? "";
  const expected = usesBucketKey
    ? bucketArn(bucket)
    : objectArn({ bucket, objectKey: request.objectKey ?? "" });
  if (arn === undefined || arn === expected) return own;
  throw invalidArgument(
    `The pair '${ARN_PAIR}' of the header '${SSE_CONTEXT}' must be the ARN that the key is used for.`,
    SSE_CONTEXT,
  );
}

const JSON_TEXTS = /"(?:[^"\\]|\\.)*"/g;

function parseContext(base64: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  let text: string;
  let parsed: unknown;
  try {
    const bytes = Buffer.from(base64, "base64");
    if (bytes.toString("base64") !== base64) throw new TypeError("not canonical base64");
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    parsed = JSON.parse(text);
  } catch {
    throw badContext();
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw badContext();
  // Of a name that stands there twice only the last value is left: which of them was meant is not guessed.
  const textCount = text.match(JSON_TEXTS)?.length ?? 0;
  if (textCount !== 2 * Object.keys(parsed).length) throw badContext();
  for (const [name, value] of Object.entries(parsed)) {
    // The one name that an object takes for something else than a pair: it would be lost on the way.
    if (typeof value !== "string" || name === "__proto__") throw badContext();
    pairs[name] = value;
  }
  return pairs;
}

function badContext(): S3Error {
  return invalidArgument(
    `The header '${SSE_CONTEXT}' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map`,
    SSE_CONTEXT,
  );
}

function readBoolean(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (text === "true" || text === "false") return text === "true";
  throw invalidArgument("The value must be true or false.", SSE_BUCKET_KEY, text);
}

function kmsOnly(scheme: string | undefined): S3Error {
  return invalidArgument(
    "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
    SSE,
    scheme,
  );
}
