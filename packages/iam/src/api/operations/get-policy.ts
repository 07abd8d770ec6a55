import { element } from "@strongroom/wire";
import { countUses } from "../attachments.ts";
import { ARN } from "../constraints.ts";
import { operation } from "../operation.ts";
import { printAwsPolicy, printPolicy } from "../print-entities.ts";
import { requirePolicy } from "../require-entity.ts";
import { policyTarget } from "../targets.ts";

export const getPolicy = operation({
  name: "GetPolicy",
  read: (input) => ({ policyArn: input.required("PolicyArn", ARN) }),
  target: (call, { policyArn }) => policyTarget(call, policyArn),
  run: async (call, { policyArn }) => {
    const policy = await requirePolicy(call.identities.reader, call.accountId, policyArn);
    const view = { withTags: true };
    return [
      element(
        "Policy",
        policy.kind === "policy"
          ? printPolicy(policy, view)
          : printAwsPolicy(policy, await countUses(call, policy.id), view),
      ),
    ];
  },
});
