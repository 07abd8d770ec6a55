import { ARN, THUMBPRINT } from "../constraints.ts";
import { operation } from "../operation.ts";
import { QUOTAS } from "../quotas.ts";
import { issuerOf, requireProvider } from "../require-entity.ts";
import { providerTarget } from "../targets.ts";

export const updateOpenIdConnectProviderThumbprint = operation({
  name: "UpdateOpenIDConnectProviderThumbprint",
  read: (input) => ({
    providerArn: input.required("OpenIDConnectProviderArn", ARN),
    thumbprints: input.requiredTexts("ThumbprintList", THUMBPRINT, QUOTAS.thumbprintsPerProvider),
  }),
  target: (call, { providerArn }) => providerTarget(call, providerArn, issuerOf(providerArn)),
  run: (call, { providerArn, thumbprints }) =>
    call.identities.change(async (transaction) => {
      const provider = await requireProvider(transaction, call.accountId, providerArn);
      transaction.putOidcProvider({ ...provider, thumbprints });
      return null;
    }),
});
