import { element } from "@strongroom/wire";
import { type OidcProvider, oidcProviderArn } from "../../identities/entities.ts";
import { CLIENT_ID, PROVIDER_URL, THUMBPRINT } from "../constraints.ts";
import { IamApiError } from "../iam-api-error.ts";
import { operation } from "../operation.ts";
import { printTags } from "../print-entities.ts";
import { requireIssuer, requireRoomForProvider } from "../provider-url.ts";
import { QUOTAS } from "../quotas.ts";
import { requireTags } from "../tag-edits.ts";
import { newProviderTarget } from "../targets.ts";

/** The provider's tokens count from now on for AssumeRoleWithWebIdentity, where a role trusts them. */
export const createOpenIdConnectProvider = operation({
  name: "CreateOpenIDConnectProvider",
  read: (input) => ({
    url: input.required("Url", PROVIDER_URL),
    clientIds: input.texts("ClientIDList", CLIENT_ID, QUOTAS.clientIdsPerProvider),
    thumbprints: input.texts("ThumbprintList", THUMBPRINT, QUOTAS.thumbprintsPerProvider),
    tags: input.tags(),
  }),
  target: (call, { url, tags }) => newProviderTarget(call, requireIssuer(url), tags),
  run: async (call, { url, clientIds, thumbprints, tags }) => {
    const { accountId, identities, nowMs } = call;
    const issuer = requireIssuer(url);
    requireTags(tags);
    await requireRoomForProvider(call);
    await identities.change(async (transaction) => {
      if ((await transaction.findOidcProvider(accountId, issuer)) !== null) {
        throw new IamApiError("EntityAlreadyExists", `Provider with url ${url} already exists.`);
      }
      const provider: OidcProvider = {
        kind: "oidc-provider",
        accountId,
        issuer,
        createdMs: nowMs,
        clientIds: [...new Set(clientIds)],
        thumbprints,
        tags,
      };
      transaction.putOidcProvider(provider);
    });
    return [
      element("OpenIDConnectProviderArn", oidcProviderArn({ accountId, issuer })),
      tags.length === 0 ? undefined : printTags(tags),
    ];
  },
});
