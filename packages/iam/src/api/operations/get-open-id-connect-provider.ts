import { element, memberList } from "@strongroom/wire";
import { ARN } from "../constraints.ts";
import { operation } from "../operation.ts";
import { printDate, printTags } from "../print-entities.ts";
import { issuerOf, requireProvider } from "../require-entity.ts";
import { providerTarget } from "../targets.ts";

export const getOpenIdConnectProvider = operation({
  name: "GetOpenIDConnectProvider",
  read: (input) => ({ providerArn: input.required("OpenIDConnectProviderArn", ARN) }),
  target: (call, { providerArn }) => providerTarget(call, providerArn, issuerOf(providerArn)),
  run: async (call, { providerArn }) => {
    const provider = await requireProvider(call.identities.reader, call.accountId, providerArn);
    return [
      element("Url", provider.issuer),
      memberList("ClientIDList", provider.clientIds, (id) => id),
      memberList("ThumbprintList", provider.thumbprints, (thumbprint) => thumbprint),
      printDate("CreateDate", provider.createdMs),
      provider.tags.length === 0 ? undefined : printTags(provider.tags),
    ];
  },
});
