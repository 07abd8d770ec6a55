import type { ObjectEncryption } from "@strongroom/store";
import type { S3Response } from "../http/s3-response.ts";
import { SSE, SSE_BUCKET_KEY, SSE_CONTEXT, SSE_CUSTOMER, SSE_KMS_KEY_ID } from "./header-names.ts";

/** What an answer tells beside the scheme: things only the request can say. */
export interface ToldEncryption {
  readonly encryption: ObjectEncryption;
  /** base64(MD5) of the customer's key; undefined where it is not told. */
  readonly customerKeyMd5?: string | undefined;
  /** The requester's context, where the answer repeats it. */
  readonly context?: string | undefined;
}

/** Says how an object is sealed, the same on every response that speaks of one (reference §1.3). */
export function writeEncryptionHeaders(response: S3Response, told: ToldEncryption): S3Response {
  const { encryption, customerKeyMd5, context } = told;
  switch (encryption.scheme) {
    case "sse-s3":
      return response.header(SSE, "AES256");
    case "sse-kms":
      return response
        .header(SSE, "aws:kms")
        .header(SSE_KMS_KEY_ID, encryption.keyArn)
        .header(SSE_BUCKET_KEY, encryption.bucketKey ? "true" : undefined)
        .header(SSE_CONTEXT, context);
    case "dsse-kms":
      return response
        .header(SSE, "aws:kms:dsse")
        .header(SSE_KMS_KEY_ID, encryption.keyArn)
        .header(SSE_CONTEXT, context);
    case "sse-c":
      if (customerKeyMd5 === undefined) return response;
      return response
        .header(`${SSE_CUSTOMER}-algorithm`, "AES256")
        .header(`${SSE_CUSTOMER}-key-md5`, customerKeyMd5);
  }
}
