import { ARN } from "../constraints.ts";
import { operation } from "../operation.ts";
import { pageOfList, printPage } from "../page.ts";
import { printTags } from "../print-entities.ts";
import { issuerOf, requireProvider } from "../require-entity.ts";
import { providerTarget } from "../targets.ts";

export const listOpenIdConnectProviderTags = operation({
  name: "ListOpenIDConnectProviderTags",
  read: (input) => ({ providerArn: input.required("OpenIDConnectProviderArn", ARN), page: input.page() }),
  target: (call, { providerArn }) => providerTarget(call, providerArn, issuerOf(providerArn)),
  run: async (call, { providerArn, page }) => {
    const provider = await requireProvider(call.identities.reader, call.accountId, providerArn);
    const shown = pageOfList(provider.tags, page);
    return [printTags(shown.items), ...printPage(shown)];
  },
});
