import { ARN, CLIENT_ID } from "../constraints.ts";
import { operation } from "../operation.ts";
import { issuerOf, requireProvider } from "../require-entity.ts";
import { providerTarget } from "../targets.ts";

/** Removing one that there is not changes nothing. */
export const removeClientIdFromOpenIdConnectProvider = operation({
  name: "RemoveClientIDFromOpenIDConnectProvider",
  read: (input) => ({
    providerArn: input.required("OpenIDConnectProviderArn", ARN),
    clientId: input.required("ClientID", CLIENT_ID),
  }),
  target: (call, { providerArn }) => providerTarget(call, providerArn, issuerOf(providerArn)),
  run: (call, { providerArn, clientId }) =>
    call.identities.change(async (transaction) => {
      const provider = await requireProvider(transaction, call.accountId, providerArn);
      const clientIds = provider.clientIds.filter((id) => id !== clientId);
      transaction.putOidcProvider({ ...provider, clientIds });
      return null;
    }),
});
