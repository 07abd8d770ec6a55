import {
  childrenNamed,
  element,
  optionalText,
  parseXml,
  requiredChild,
  requireRoot,
  WireError,
  type XmlElement,
} from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import { ownerElement } from "./listed-elements.ts";
import { s3Document } from "./s3-document.ts";
import type { S3Request } from "./s3-request.ts";

const XSI = "http://www.w3.org/2001/XMLSchema-instance";
const DOCUMENT_LIMIT_BYTES = 64 * 1024;

/** The only access list there is: the owner may do everything. */
export function accessListDocument(ownerId: string): XmlElement {
  return s3Document("AccessControlPolicy", [
    ownerElement(ownerId),
    element("AccessControlList", [
      element("Grant", [
        element("Grantee", [element("ID", ownerId)], { "xmlns:xsi": XSI, "xsi:type": "CanonicalUser" }),
        element("Permission", "FULL_CONTROL"),
      ]),
    ]),
  ]);
}

/**
 * Accepts a request to set an access list when it says what holds anyway: a canned list for the owner alone (others
 * were refused with the headers) or a document that grants full control to one user. Throws
 * MissingSecurityHeader, UnexpectedContent, MalformedACLError, AccessControlListNotSupported.
 */
export async function requireOwnerOnlyAccessList(request: S3Request): Promise<void> {
  const text = await request.readText(DOCUMENT_LIMIT_BYTES);
  if (request.header("x-amz-acl") !== undefined) {
    if (text !== "") throw s3Error("UnexpectedContent");
    return;
  }
  if (text === "") {
    throw s3Error("MissingSecurityHeader", { fields: { MissingHeaderName: "x-amz-acl" } });
  }
  const grants = readGrants(text);
  const isOwnerOnly = grants.every(
    (grant) => grant.permission === "FULL_CONTROL" && grant.granteeId === request.caller.canonicalUserId,
  );
  if (!isOwnerOnly || grants.length === 0) throw s3Error("AccessControlListNotSupported");
}

function readGrants(
  text: string,
): readonly { readonly granteeId: string | undefined; readonly permission: string | undefined }[] {
  try {
    const root = requireRoot(parseXml(text), "AccessControlPolicy");
    requiredChild(root, "Owner");
    return childrenNamed(requiredChild(root, "AccessControlList"), "Grant").map((grant) => ({
      granteeId: optionalText(requiredChild(grant, "Grantee"), "ID"),
      permission: optionalText(grant, "Permission"),
    }));
  } catch (error) {
    if (error instanceof WireError) throw s3Error("MalformedACLError", { cause: error });
    throw error;
  }
}
