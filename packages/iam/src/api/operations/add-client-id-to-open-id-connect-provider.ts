import { ARN, CLIENT_ID } from "../constraints.ts";
import { IamApiError } from "../iam-api-error.ts";
import { operation } from "../operation.ts";
import { QUOTAS } from "../quotas.ts";
import { issuerOf, requireProvider } from "../require-entity.ts";
import { providerTarget } from "../targets.ts";

/** Adding a client id again changes nothing. */
export const addClientIdToOpenIdConnectProvider = operation({
  name: "AddClientIDToOpenIDConnectProvider",
  read: (input) => ({
    providerArn: input.required("OpenIDConnectProviderArn", ARN),
    clientId: input.required("ClientID", CLIENT_ID),
  }),
  target: (call, { providerArn }) => providerTarget(call, providerArn, issuerOf(providerArn)),
  run: (call, { providerArn, clientId }) =>
    call.identities.change(async (transaction) => {
      const provider = await requireProvider(transaction, call.accountId, providerArn);
      if (provider.clientIds.includes(clientId)) return null;
      if (provider.clientIds.length >= QUOTAS.clientIdsPerProvider) {
        throw new IamApiError(
          "LimitExceeded",
          `Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${QUOTAS.clientIdsPerProvider}`,
        );
      }
      transaction.putOidcProvider({ ...provider, clientIds: [...provider.clientIds, clientId] });
      return null;
    }),
});
