import { s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import type { AccessList } from "./access-list.ts";
import { parseAccessListDocument } from "./access-list-document.ts";
import { type AccessListRequest, readAccessListHeaders } from "./access-list-request.ts";

/** What PutBucketAcl and PutObjectAcl ask for: in headers, or in a document that names the owner too. */
export type AccessListChange =
  | AccessListRequest
  | { readonly kind: "document"; readonly ownerId: string; readonly list: AccessList };

const DOCUMENT_LIMIT_BYTES = 64 * 1024;

/**
 * Throws MissingSecurityHeader (nothing is asked for), UnexpectedContent (both headers and a document),
 * MalformedACLError, and what the headers throw.
 */
export async function readAccessListChange(request: S3Request): Promise<AccessListChange> {
  const fromHeaders = readAccessListHeaders(request);
  const text = await request.readText(DOCUMENT_LIMIT_BYTES);
  if (fromHeaders !== null) {
    if (text !== "") throw s3Error("UnexpectedContent");
    return fromHeaders;
  }
  if (text === "") throw s3Error("MissingSecurityHeader", { fields: { MissingHeaderName: "x-amz-acl" } });
  return { kind: "document", ...parseAccessListDocument(text) };
}
