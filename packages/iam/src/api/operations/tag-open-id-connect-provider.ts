import { ARN } from "../constraints.ts";
import { operation } from "../operation.ts";
import { issuerOf, requireProvider } from "../require-entity.ts";
import { withTags } from "../tag-edits.ts";
import { providerTarget } from "../targets.ts";

export const tagOpenIdConnectProvider = operation({
  name: "TagOpenIDConnectProvider",
  read: (input) => ({ providerArn: input.required("OpenIDConnectProviderArn", ARN), tags: input.tags() }),
  target: async (call, { providerArn, tags }) => ({
    ...(await providerTarget(call, providerArn, issuerOf(providerArn))),
    requestTags: tags,
  }),
  run: (call, { providerArn, tags }) =>
    call.identities.change(async (transaction) => {
      const provider = await requireProvider(transaction, call.accountId, providerArn);
      transaction.putOidcProvider({
        ...provider,
        tags: withTags(provider.tags, tags, "OpenIDConnectProvider"),
      });
      return null;
    }),
});
