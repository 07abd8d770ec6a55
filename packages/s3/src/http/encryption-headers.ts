import { createHash, timingSafeEqual } from "node:crypto";
import type { EncryptionPlan, StoredVersion } from "@strongroom/store";
import { invalidArgument, notImplementedHeader, type S3Error, s3Error } from "../errors.ts";
import type { S3Request } from "./s3-request.ts";
import type { S3Response } from "./s3-response.ts";

/**
 * The one place that reads and writes the server-side-encryption header family. Order of checks and words follow
 * what S3 does (reference §2.2, §2.3, §2.7). A scheme that is not built is refused, never quietly replaced.
 */
const SSE = "x-amz-server-side-encryption";
const SSE_KMS_KEY_ID = `${SSE}-aws-kms-key-id`;
const SSE_CONTEXT = `${SSE}-context`;
const SSE_BUCKET_KEY = `${SSE}-bucket-key-enabled`;
const SSE_CUSTOMER = `${SSE}-customer`;
const COPY_SOURCE_CUSTOMER = "x-amz-copy-source-server-side-encryption-customer";
const CUSTOMER_PARTS = ["algorithm", "key", "key-md5"] as const;
const CUSTOMER_KEY_BYTES = 32;

const KNOWN_HEADERS: ReadonlySet<string> = new Set([
  SSE,
  SSE_KMS_KEY_ID,
  SSE_CONTEXT,
  SSE_BUCKET_KEY,
  ...CUSTOMER_PARTS.map((part) => `${SSE_CUSTOMER}-${part}`),
  ...CUSTOMER_PARTS.map((part) => `${COPY_SOURCE_CUSTOMER}-${part}`),
]);

/** The operations that choose how new data is sealed. */
const SEALING_OPERATIONS = ["PutObject", "CopyObject", "CreateMultipartUpload", "PostObject"] as const;
export type SealingOperation = (typeof SEALING_OPERATIONS)[number];

export function choosesEncryption(operationName: string): operationName is SealingOperation {
  return SEALING_OPERATIONS.some((name) => name === operationName);
}

/** How the data of this write is to be sealed. Throws what S3 answers, or NotImplemented for an unbuilt scheme. */
export function readEncryptionPlan(request: S3Request, _operationName: SealingOperation): EncryptionPlan {
  const customer = customerHeaders(request, SSE_CUSTOMER);
  const source = customerHeaders(request, COPY_SOURCE_CUSTOMER);
  const scheme = request.header(SSE);
  refuseUnknownFamilyMembers(request);
  requireSecureKeys(request, customer !== null || source !== null);
  if (customer !== null && scheme !== undefined) {
    throw invalidArgument(
      "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
      SSE,
      scheme,
    );
  }
  const plan = planOfScheme(request, scheme);
  if (customer !== null) {
    requireWellFormedKey(customer);
    throw notImplementedHeader(`${SSE_CUSTOMER}-algorithm`);
  }
  if (source !== null) {
    requireWellFormedKey(source);
    throw notApplicable();
  }
  return plan;
}

/**
 * For every operation that does not choose an encryption. No object is sealed under a customer's key, so a key
 * that comes along fits no object; a scheme named here is an error in S3 too.
 */
export function refuseEncryptionHeaders(request: S3Request, operationName = ""): void {
  refuseUnknownFamilyMembers(request);
  const customer = customerHeaders(request, SSE_CUSTOMER);
  const source = customerHeaders(request, COPY_SOURCE_CUSTOMER);
  requireSecureKeys(request, customer !== null || source !== null);
  const scheme = request.header(SSE);
  if (scheme !== undefined) {
    throw invalidArgument(
      "x-amz-server-side-encryption header is not supported for this operation.",
      SSE,
      scheme,
    );
  }
  for (const name of [SSE_KMS_KEY_ID, SSE_CONTEXT, SSE_BUCKET_KEY]) {
    const value = request.header(name);
    if (value !== undefined) {
      throw invalidArgument(`${name} header is not supported for this operation.`, name);
    }
  }
  for (const trio of [customer, source]) {
    if (trio === null) continue;
    requireWellFormedKey(trio);
    if (trio === customer && operationName.startsWith("UploadPart")) throw uploadWasNotSoSealed();
    throw notApplicable();
  }
}

/** Says how a version is sealed; the same on every response that speaks of one. */
export function writeEncryptionHeaders(
  response: S3Response,
  version: Pick<StoredVersion, "plan">,
): S3Response {
  const valueOfScheme = { "sse-s3": "AES256" } as const satisfies Record<EncryptionPlan["scheme"], string>;
  return response.header(SSE, valueOfScheme[version.plan.scheme]);
}

function planOfScheme(request: S3Request, scheme: string | undefined): EncryptionPlan {
  const keyId = request.header(SSE_KMS_KEY_ID);
  const context = request.header(SSE_CONTEXT);
  if (scheme !== undefined && scheme !== "AES256" && scheme !== "aws:kms" && scheme !== "aws:kms:dsse") {
    throw invalidArgument("The encryption method specified is not supported", SSE, scheme);
  }
  if (scheme === undefined || scheme === "AES256") {
    if (keyId !== undefined) throw kmsOnly(scheme);
    if (context !== undefined) throw kmsOnly(scheme);
    const bucketKey = request.header(SSE_BUCKET_KEY);
    requireBoolean(bucketKey);
    // Bucket keys save calls to a key service that is not there yet: asking for one is not quietly granted.
    if (bucketKey?.toLowerCase() === "true") throw notImplementedHeader(SSE_BUCKET_KEY);
    return { scheme: "sse-s3" };
  }
  if (!request.secure) {
    throw invalidArgument(
      "Requests specifying Server Side Encryption with AWS KMS managed keys must be made over a secure connection.",
      SSE,
    );
  }
  if (context !== undefined) requireEncryptionContext(context);
  requireBoolean(request.header(SSE_BUCKET_KEY));
  throw notImplementedHeader(SSE);
}

interface CustomerHeaders {
  readonly algorithm: string | undefined;
  readonly keyBase64: string | undefined;
  readonly md5Base64: string | undefined;
}

function customerHeaders(request: S3Request, prefix: string): CustomerHeaders | null {
  const algorithm = request.header(`${prefix}-algorithm`);
  const keyBase64 = request.header(`${prefix}-key`);
  const md5Base64 = request.header(`${prefix}-key-md5`);
  if (algorithm === undefined && keyBase64 === undefined && md5Base64 === undefined) return null;
  return { algorithm, keyBase64, md5Base64 };
}

/** Algorithm missing, key missing, algorithm unknown, MD5, length: in the order S3 looks (reference §2.7). */
function requireWellFormedKey(customer: CustomerHeaders): void {
  const { algorithm, keyBase64, md5Base64 } = customer;
  if (algorithm === undefined) {
    throw keyFault(
      "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.",
    );
  }
  if (keyBase64 === undefined) {
    throw keyFault(
      "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.",
    );
  }
  if (algorithm !== "AES256") {
    throw s3Error("InvalidEncryptionAlgorithmError", {
      fields: { ArgumentName: SSE, ArgumentValue: algorithm },
    });
  }
  if (md5Base64 === undefined) {
    throw keyFault(
      "Requests specifying Server Side Encryption with Customer provided keys must provide the client calculated MD5 of the secret key.",
    );
  }
  const customerKey = Buffer.from(keyBase64, "base64");
  try {
    const calculated = createHash("md5").update(customerKey).digest();
    const claimed = Buffer.from(md5Base64, "base64");
    if (claimed.length !== calculated.length || !timingSafeEqual(claimed, calculated)) {
      throw keyFault("The calculated MD5 hash of the key did not match the hash that was provided.");
    }
    if (customerKey.length !== CUSTOMER_KEY_BYTES) {
      throw keyFault("The secret key was invalid for the specified algorithm.");
    }
  } finally {
    customerKey.fill(0);
  }
}

function refuseUnknownFamilyMembers(request: S3Request): void {
  for (const name of request.headerNames()) {
    if (name.startsWith(SSE) && !KNOWN_HEADERS.has(name)) throw notImplementedHeader(name);
  }
}

function requireSecureKeys(request: S3Request, hasCustomerKey: boolean): void {
  if (!hasCustomerKey || request.secure) return;
  throw keyFault(
    "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection.",
  );
}

function requireBoolean(text: string | undefined): void {
  if (text === undefined || text === "true" || text === "false") return;
  throw invalidArgument("The value must be true or false.", SSE_BUCKET_KEY, text);
}

function requireEncryptionContext(base64: string): void {
  const bytes = Buffer.from(base64, "base64");
  let parsed: unknown;
  try {
    if (bytes.toString("base64") !== base64) throw new TypeError("not canonical base64");
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    parsed = null;
  }
  const isMap = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
  if (isMap && Object.values(parsed ?? {}).every((value) => typeof value === "string")) return;
  throw invalidArgument(
    `The header '${SSE_CONTEXT}' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map`,
    SSE_CONTEXT,
  );
}

function kmsOnly(scheme: string | undefined): S3Error {
  return invalidArgument(
    "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
    SSE,
    scheme,
  );
}

function keyFault(message: string): S3Error {
  return invalidArgument(message, SSE);
}

function notApplicable(): S3Error {
  return s3Error("InvalidRequest", {
    message: "The encryption parameters are not applicable to this object.",
  });
}

function uploadWasNotSoSealed(): S3Error {
  return s3Error("InvalidRequest", {
    message:
      "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.",
  });
}
