import type { StsOperation } from "../sts-operation.ts";
import { assumeRole } from "./assume-role.ts";
import { assumeRoleWithSaml } from "./assume-role-with-saml.ts";
import { assumeRoleWithWebIdentity } from "./assume-role-with-web-identity.ts";
import { decodeAuthorizationMessage } from "./decode-authorization-message.ts";
import { getAccessKeyInfo } from "./get-access-key-info.ts";
import { getCallerIdentity } from "./get-caller-identity.ts";
import { getFederationToken } from "./get-federation-token.ts";
import { getSessionToken } from "./get-session-token.ts";

const OPERATIONS: ReadonlyMap<string, StsOperation> = new Map(
  [
    assumeRole,
    assumeRoleWithSaml,
    assumeRoleWithWebIdentity,
    decodeAuthorizationMessage,
    getAccessKeyInfo,
    getCallerIdentity,
    getFederationToken,
    getSessionToken,
  ].map((operation) => [operation.name, operation]),
);

export const STS_VERSION = "2011-06-15";
export const STS_NAMESPACE = `https://sts.amazonaws.com/doc/${STS_VERSION}/`;

/** The operation a request names; null when STS has none of that name and version. */
export function findStsOperation(action: string, version: string): StsOperation | null {
  return version === STS_VERSION ? (OPERATIONS.get(action) ?? null) : null;
}
