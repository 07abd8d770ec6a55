import type { Verdict } from "./input-bench.ts";

/** The answers of the reference, by the clauses that say them. */

const SSE = "x-amz-server-side-encryption";
const OF_CUSTOMERS = "Requests specifying Server Side Encryption with Customer provided keys must";
const OF_KMS = "Requests specifying Server Side Encryption with AWS KMS managed keys must";

/** Every fault of a customer's key is told of this argument (§2.1, §8.46). */
const keyFault = (message: string): Verdict => ({
  status: 400,
  code: "InvalidArgument",
  message,
  argument: [SSE],
});

/** §2.2 #1 */
export const NOT_SUPPORTED = (value: string): Verdict => ({
  status: 400,
  code: "InvalidArgument",
  message: "The encryption method specified is not supported",
  argument: [SSE, value],
});

/** §2.2 #2, and #6 for contexts. */
export const NEEDS_KMS: Verdict = {
  status: 400,
  code: "InvalidArgument",
  message:
    "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
};

/** §2.2 #3 */
export const INCOMPATIBLE = (value: string): Verdict => ({
  status: 400,
  code: "InvalidArgument",
  message:
    "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
  argument: [SSE, value],
});

/** §2.2 #4 */
export const NOT_FOR_OPERATION = (value: string): Verdict => ({
  status: 400,
  code: "InvalidArgument",
  message: "x-amz-server-side-encryption header is not supported for this operation.",
  argument: [SSE, value],
});

/** §2.2 #5 */
export const BAD_CONTEXT: Verdict = {
  status: 400,
  code: "InvalidArgument",
  message:
    "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map",
};

/** §2.3 #1 */
export const BAD_ALGORITHM = (value: string): Verdict => ({
  status: 400,
  code: "InvalidEncryptionAlgorithmError",
  message: "The Encryption request you specified is not valid. Supported value: AES256.",
  argument: [SSE, value],
});

/** §2.3 #2 to #6, #16 */
export const NO_ALGORITHM = keyFault(`${OF_CUSTOMERS} provide a valid encryption algorithm.`);
export const NO_KEY = keyFault(`${OF_CUSTOMERS} provide an appropriate secret key.`);
export const NO_MD5 = keyFault(`${OF_CUSTOMERS} provide the client calculated MD5 of the secret key.`);
export const BAD_MD5 = keyFault(
  "The calculated MD5 hash of the key did not match the hash that was provided.",
);
export const BAD_KEY = keyFault("The secret key was invalid for the specified algorithm.");
export const NOT_SECURE = keyFault(`${OF_CUSTOMERS} be made over a secure connection.`);

const invalidRequest = (message: string): Verdict => ({ status: 400, code: "InvalidRequest", message });

/** §2.3 #7 #10 */
export const KEY_REQUIRED = invalidRequest(
  "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.",
);
/** §2.3 #8 #11 */
export const WRONG_KEY: Verdict = {
  status: 403,
  code: "AccessDenied",
  message: `${OF_CUSTOMERS} provide the correct secret key.`,
};
/** §2.3 #9 #12 */
export const NOT_APPLICABLE = invalidRequest("The encryption parameters are not applicable to this object.");
/** §2.3 #13 */
export const UPLOAD_REQUESTED = invalidRequest(
  "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.",
);
/** §2.3 #14 */
export const NOT_THE_SAME = invalidRequest(
  "The provided encryption parameters did not match the ones used originally.",
);
/** §2.3 #17 */
export const BLOCKED: Verdict = {
  status: 403,
  code: "AccessDenied",
  message:
    /^User: arn:aws:iam::\d{12}:root is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::[^"]+" because this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys \(SSE-C\)\. Please specify a different server-side encryption type$/,
};

/** §2.6 */
export const KMS_NOT_SECURE: Verdict = {
  status: 400,
  code: "InvalidArgument",
  message: `${OF_KMS} be made over a secure connection.`,
};

/** §3.4 */
export const MALFORMED_XML: Verdict = {
  status: 400,
  code: "MalformedXML",
  message: "The XML you provided was not well-formed or did not validate against our published schema",
};

/** §1.8 */
export const NOT_SIGNED: Verdict = {
  status: 403,
  code: "AccessDenied",
  message: "There were headers present in the request which were not signed",
};
export const WRONG_SIGNATURE: Verdict = { status: 403, code: "SignatureDoesNotMatch" };

/** A form that says one thing twice is none; a presigned query that does is not one that a presigner makes. */
export const FORM_NAMES_TWICE: Verdict = { status: 400, code: "MalformedPOSTRequest" };
export const PARAMETER_TWICE: Verdict = { status: 400, code: "AuthorizationQueryParametersError" };
