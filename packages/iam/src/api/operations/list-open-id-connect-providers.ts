import { element, memberList } from "@strongroom/wire";
import { oidcProviderArn } from "../../identities/entities.ts";
import { oidcProviderPrefix } from "../../identities/entity-keys.ts";
import { decodeOidcProvider } from "../../identities/entity-records.ts";
import { operation } from "../operation.ts";
import { NO_RESOURCE } from "../targets.ts";

export const listOpenIdConnectProviders = operation({
  name: "ListOpenIDConnectProviders",
  read: () => ({}),
  target: () => NO_RESOURCE,
  run: async ({ accountId, identities }) => {
    const records = await identities.records.list(oidcProviderPrefix(accountId));
    return [
      memberList("OpenIDConnectProviderList", records.map(decodeOidcProvider), (provider) => [
        element("Arn", oidcProviderArn(provider)),
      ]),
    ];
  },
});
