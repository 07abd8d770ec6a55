import { ARN } from "../constraints.ts";
import { operation } from "../operation.ts";
import { issuerOf, requireProvider } from "../require-entity.ts";
import { providerTarget } from "../targets.ts";

/** One that there is not is no error: AWS calls it idempotent. */
export const deleteOpenIdConnectProvider = operation({
  name: "DeleteOpenIDConnectProvider",
  read: (input) => ({ providerArn: input.required("OpenIDConnectProviderArn", ARN) }),
  target: (call, { providerArn }) => providerTarget(call, providerArn, issuerOf(providerArn)),
  run: (call, { providerArn }) =>
    call.identities.change(async (transaction) => {
      transaction.removeOidcProvider(await requireProvider(transaction, call.accountId, providerArn));
      return null;
    }),
});
