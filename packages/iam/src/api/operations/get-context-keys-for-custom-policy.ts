import { memberList } from "@strongroom/wire";
import { listContextKeys } from "../../policy/simulate.ts";
import { POLICY_DOCUMENT } from "../constraints.ts";
import { operation } from "../operation.ts";
import { compileInputs } from "../simulation-source.ts";
import { NO_RESOURCE } from "../targets.ts";

export const getContextKeysForCustomPolicy = operation({
  name: "GetContextKeysForCustomPolicy",
  read: (input) => ({ policyTexts: input.requiredTexts("PolicyInputList", POLICY_DOCUMENT, 100) }),
  target: () => NO_RESOURCE,
  run: async (_call, { policyTexts }) => {
    const policies = compileInputs("PolicyInputList", policyTexts);
    return [memberList("ContextKeyNames", listContextKeys(policies), (key) => key)];
  },
});
