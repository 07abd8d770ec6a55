import { createHash } from "node:crypto";
import { bytesOf } from "./test-bytes.ts";

/** Every way an object can be sealed; SSE-KMS with a bucket key counts apart. */
export const SCHEMES = ["sse-s3", "sse-kms", "bucket-key", "dsse-kms", "sse-c"] as const;
export type Scheme = (typeof SCHEMES)[number];

export type Headers = Readonly<Record<string, string>>;

const SSE = "x-amz-server-side-encryption";
/** The one customer's key of a test. */
export const CUSTOMER_KEY = bytesOf("customer", 32);

/** What a request under the customer's key brings; with `prefix`, for the source of a copy. */
export const customerHeaders = (prefix = SSE): Headers => ({
  [`${prefix}-customer-algorithm`]: "AES256",
  [`${prefix}-customer-key`]: CUSTOMER_KEY.toString("base64"),
  [`${prefix}-customer-key-md5`]: createHash("md5").update(CUSTOMER_KEY).digest("base64"),
});

/** What a request says so that an object is sealed so. */
export function schemeHeaders(scheme: Scheme, kmsKeyArn: string): Headers {
  const byKey = (algorithm: string) => ({ [SSE]: algorithm, [`${SSE}-aws-kms-key-id`]: kmsKeyArn });
  switch (scheme) {
    case "sse-s3":
      return { [SSE]: "AES256" };
    case "sse-kms":
      return { ...byKey("aws:kms"), [`${SSE}-bucket-key-enabled`]: "false" };
    case "bucket-key":
      return { ...byKey("aws:kms"), [`${SSE}-bucket-key-enabled`]: "true" };
    case "dsse-kms":
      return byKey("aws:kms:dsse");
    case "sse-c":
      return customerHeaders();
  }
}

/** What the headers of an answer must say, given those of the request: the same line for both. */
export function sealLine(headers: Readonly<Record<string, unknown>>): string {
  const bucketKey = headers[`${SSE}-bucket-key-enabled`] === "true" ? "bucket key" : "";
  const named = [SSE, `${SSE}-aws-kms-key-id`, `${SSE}-customer-algorithm`, `${SSE}-customer-key-md5`];
  return [...named.map((name) => headers[name] ?? ""), bucketKey].join("|");
}

/** For reading, or naming as the source of a copy, what is sealed under `scheme`. */
export const readingHeaders = (scheme: Scheme): Headers => (scheme === "sse-c" ? customerHeaders() : {});
export const copySourceKeyHeaders = (scheme: Scheme): Headers =>
  scheme === "sse-c" ? customerHeaders("x-amz-copy-source-server-side-encryption") : {};
