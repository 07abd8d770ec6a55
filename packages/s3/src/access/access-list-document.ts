import {
  childrenNamed,
  element,
  optionalText,
  parseXml,
  requiredChild,
  requireRoot,
  WireError,
  type XmlElement,
  type XmlNode,
} from "@strongroom/wire";
import { s3Error } from "../errors.ts";
import { ownerElement } from "../http/listed-elements.ts";
import { s3Document } from "../http/s3-document.ts";
import {
  type AccessList,
  findAclPermission,
  type Grant,
  type Grantee,
  grantToGroup,
  grantToUser,
  groupUri,
  MAX_GRANTS,
} from "./access-list.ts";
import { requireCanonicalUserId, requireGroup, unresolvableEmail } from "./access-list-request.ts";

const XSI = "http://www.w3.org/2001/XMLSchema-instance";

/** The `AccessControlPolicy` document. */
export function accessListDocument(ownerId: string, list: AccessList): XmlElement {
  return s3Document("AccessControlPolicy", [
    ownerElement(ownerId),
    element(
      "AccessControlList",
      list.map(({ grantee, permission }) =>
        element("Grant", [granteeElement(grantee), element("Permission", permission)]),
      ),
    ),
  ]);
}

export function granteeElement(grantee: Grantee): XmlElement {
  return grantee.kind === "user"
    ? element("Grantee", [element("ID", grantee.canonicalUserId)], {
        "xmlns:xsi": XSI,
        "xsi:type": "CanonicalUser",
      })
    : element("Grantee", [element("URI", groupUri(grantee.group))], {
        "xmlns:xsi": XSI,
        "xsi:type": "Group",
      });
}

/** Throws MalformedACLError, and InvalidArgument for a user or group that cannot be one. */
export function parseAccessListDocument(text: string): {
  readonly ownerId: string;
  readonly list: AccessList;
} {
  try {
    const root = requireRoot(parseXml(text), "AccessControlPolicy");
    const owner = optionalText(requiredChild(root, "Owner"), "ID");
    const grants = childrenNamed(requiredChild(root, "AccessControlList"), "Grant");
    if (owner === undefined || grants.length > MAX_GRANTS) throw s3Error("MalformedACLError");
    const list = grants.map(readGrant);
    return { ownerId: requireCanonicalUserId(owner, "CanonicalUser/ID"), list };
  } catch (error) {
    if (error instanceof WireError) throw s3Error("MalformedACLError", { cause: error });
    throw error;
  }
}

/** Throws MalformedACLError, InvalidArgument and UnresolvableGrantByEmailAddress. */
export function readGrant(node: XmlNode): Grant {
  const permission = findAclPermission(optionalText(node, "Permission") ?? "");
  if (permission === undefined) throw s3Error("MalformedACLError");
  const grantee = requiredChild(node, "Grantee");
  const id = optionalText(grantee, "ID");
  const uri = optionalText(grantee, "URI");
  const email = optionalText(grantee, "EmailAddress");
  if (id !== undefined) return grantToUser(requireCanonicalUserId(id, "CanonicalUser/ID"), permission);
  if (uri !== undefined) return grantToGroup(requireGroup(uri, "Group/URI"), permission);
  if (email !== undefined) throw unresolvableEmail(email);
  throw s3Error("MalformedACLError");
}
