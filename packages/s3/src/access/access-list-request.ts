import { invalidArgument, s3Error } from "../errors.ts";
import type { S3Request } from "../http/s3-request.ts";
import {
  type AclPermission,
  findGroup,
  type Grant,
  grantToGroup,
  grantToUser,
  MAX_GRANTS,
} from "./access-list.ts";
import { type CannedAcl, requireCannedAcl } from "./canned-access-list.ts";

/** The access list a request asks for in its headers: by name, or grant by grant. */
export type AccessListRequest =
  | { readonly kind: "canned"; readonly canned: CannedAcl }
  | { readonly kind: "grants"; readonly grants: readonly Grant[] };

const GRANT_HEADERS: readonly (readonly [header: string, permission: AclPermission])[] = [
  ["x-amz-grant-full-control", "FULL_CONTROL"],
  ["x-amz-grant-read", "READ"],
  ["x-amz-grant-write", "WRITE"],
  ["x-amz-grant-read-acp", "READ_ACP"],
  ["x-amz-grant-write-acp", "WRITE_ACP"],
];
const CANONICAL_USER_ID = /^[0-9a-f]{64}$/;

/**
 * null: the headers say nothing of an access list. Throws InvalidArgument (unknown name, malformed grant, unknown
 * group), InvalidRequest (both kinds at once).
 */
export function readAccessListHeaders(request: S3Request): AccessListRequest | null {
  const name = request.header("x-amz-acl");
  const grants = GRANT_HEADERS.flatMap(([header, permission]) => {
    const text = request.header(header);
    return text === undefined ? [] : parseGrantees(header, text, permission);
  });
  if (name === undefined) return grants.length === 0 ? null : { kind: "grants", grants };
  if (grants.length > 0) {
    throw s3Error("InvalidRequest", {
      message: "Specifying both Canned ACLs and Header Grants is not allowed",
    });
  }
  return { kind: "canned", canned: requireCannedAcl(name) };
}

/** `id="…", uri="…"`. */
function parseGrantees(header: string, text: string, permission: AclPermission): readonly Grant[] {
  const parts = text.split(",");
  if (parts.length > MAX_GRANTS) throw invalidArgument("Argument format not recognized", header, text);
  return parts.map((part) => {
    const equals = part.indexOf("=");
    const kind = part.slice(0, Math.max(equals, 0)).trim().toLowerCase();
    const value = unquote(part.slice(equals + 1).trim());
    switch (kind) {
      case "id":
        return grantToUser(requireCanonicalUserId(value, "id"), permission);
      case "uri":
        return grantToGroup(requireGroup(value, "uri"), permission);
      case "emailaddress":
        throw unresolvableEmail(value);
      default:
        throw invalidArgument("Argument format not recognized", header, text);
    }
  });
}

export function requireCanonicalUserId(text: string, argumentName: string): string {
  if (CANONICAL_USER_ID.test(text)) return text;
  throw invalidArgument("Invalid id", argumentName, text);
}

export function requireGroup(uri: string, argumentName: string): NonNullable<ReturnType<typeof findGroup>> {
  const group = findGroup(uri);
  if (group === undefined) throw invalidArgument("Invalid group uri", argumentName, uri);
  return group;
}

/** Accounts have no e-mail addresses here, so none leads to one. */
export function unresolvableEmail(email: string): Error {
  return s3Error("UnresolvableGrantByEmailAddress", { fields: { EmailAddress: email } });
}

function unquote(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}
