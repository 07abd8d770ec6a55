import { ARN } from "../constraints.ts";
import { operation } from "../operation.ts";
import { pageOfList, printPage } from "../page.ts";
import { printTags } from "../print-entities.ts";
import { requirePolicy } from "../require-entity.ts";
import { policyTarget } from "../targets.ts";

export const listPolicyTags = operation({
  name: "ListPolicyTags",
  read: (input) => ({ policyArn: input.required("PolicyArn", ARN), page: input.page() }),
  target: (call, { policyArn }) => policyTarget(call, policyArn),
  run: async (call, { policyArn, page }) => {
    const policy = await requirePolicy(call.identities.reader, call.accountId, policyArn);
    const shown = pageOfList(policy.tags, page);
    return [printTags(shown.items), ...printPage(shown)];
  },
});
