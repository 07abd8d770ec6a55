import { memberList } from "@strongroom/wire";
import { listContextKeys } from "../../policy/simulate.ts";
import { ARN, POLICY_DOCUMENT } from "../constraints.ts";
import { operation } from "../operation.ts";
import { compileInputs, requireSource, sourceTarget } from "../simulation-source.ts";

export const getContextKeysForPrincipalPolicy = operation({
  name: "GetContextKeysForPrincipalPolicy",
  read: (input) => ({
    sourceArn: input.required("PolicySourceArn", ARN),
    policyTexts: input.texts("PolicyInputList", POLICY_DOCUMENT, 100),
  }),
  target: (call, { sourceArn }) => sourceTarget(call, sourceArn),
  run: async (call, { sourceArn, policyTexts }) => {
    const attached = await call.identities.policiesHeldBy(await requireSource(call, sourceArn));
    const policies = [...attached.identity, ...compileInputs("PolicyInputList", policyTexts)];
    return [memberList("ContextKeyNames", listContextKeys(policies), (key) => key)];
  },
});
