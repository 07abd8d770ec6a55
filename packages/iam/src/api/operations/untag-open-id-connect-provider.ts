import { ARN, TAG_KEY } from "../constraints.ts";
import { operation } from "../operation.ts";
import { QUOTAS } from "../quotas.ts";
import { issuerOf, requireProvider } from "../require-entity.ts";
import { withoutTags } from "../tag-edits.ts";
import { providerTarget } from "../targets.ts";

export const untagOpenIdConnectProvider = operation({
  name: "UntagOpenIDConnectProvider",
  read: (input) => ({
    providerArn: input.required("OpenIDConnectProviderArn", ARN),
    tagKeys: input.requiredTexts("TagKeys", TAG_KEY, QUOTAS.tagsPerEntity),
  }),
  target: async (call, { providerArn, tagKeys }) => ({
    ...(await providerTarget(call, providerArn, issuerOf(providerArn))),
    removedTagKeys: tagKeys,
  }),
  run: (call, { providerArn, tagKeys }) =>
    call.identities.change(async (transaction) => {
      const provider = await requireProvider(transaction, call.accountId, providerArn);
      transaction.putOidcProvider({ ...provider, tags: withoutTags(provider.tags, tagKeys) });
      return null;
    }),
});
