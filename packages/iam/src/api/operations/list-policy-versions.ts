import { memberList } from "@strongroom/wire";
import { ARN } from "../constraints.ts";
import { operation } from "../operation.ts";
import { pageOfList, printPage } from "../page.ts";
import { versionsOf } from "../policy-versions.ts";
import { printVersion } from "../print-entities.ts";
import { requirePolicy } from "../require-entity.ts";
import { policyTarget } from "../targets.ts";

/** Newest first. */
export const listPolicyVersions = operation({
  name: "ListPolicyVersions",
  read: (input) => ({ policyArn: input.required("PolicyArn", ARN), page: input.page() }),
  target: (call, { policyArn }) => policyTarget(call, policyArn),
  run: async (call, { policyArn, page }) => {
    const policy = await requirePolicy(call.identities.reader, call.accountId, policyArn);
    const shown = pageOfList(versionsOf(policy).toReversed(), page);
    return [
      memberList("Versions", shown.items, (version) =>
        printVersion(version, { isDefault: version.isDefault, withDocument: false }),
      ),
      ...printPage(shown),
    ];
  },
});
