import { oidcProviderPrefix } from "../identities/entity-keys.ts";
import { IamApiError, validationError } from "./iam-api-error.ts";
import type { IamCall } from "./operation.ts";
import { QUOTAS } from "./quotas.ts";

/**
 * Host and path of a provider's URL, which its tokens name as `iss`. Throws ValidationError for anything but https
 * without query, fragment or credentials. The case of the host does not count.
 */
export function requireIssuer(url: string): string {
  const match = /^https:\/\/([A-Za-z0-9.-]+(?::\d{1,5})?)((?:\/[\w.~!$&'()*+,;=:@%-]+)*)\/?$/.exec(url);
  const [, host, path = ""] = match ?? [];
  if (host === undefined) throw validationError("Invalid Open ID Connect Provider URL");
  return `${host.toLowerCase()}${path}`;
}

/** Throws LimitExceeded. */
export async function requireRoomForProvider(call: IamCall): Promise<void> {
  const most = QUOTAS.oidcProvidersPerAccount;
  const providers = await call.identities.records.page(oidcProviderPrefix(call.accountId), null, most);
  if (providers.length >= most) {
    throw new IamApiError(
      "LimitExceeded",
      `Cannot exceed quota for OpenIdConnectProvidersPerAccount: ${most}`,
    );
  }
}
