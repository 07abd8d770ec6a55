import { element } from "@strongroom/wire";
import { ARN, VERSION_ID } from "../constraints.ts";
import { operation } from "../operation.ts";
import { requireVersion } from "../policy-versions.ts";
import { printVersion } from "../print-entities.ts";
import { requirePolicy } from "../require-entity.ts";
import { policyTarget } from "../targets.ts";

export const getPolicyVersion = operation({
  name: "GetPolicyVersion",
  read: (input) => ({
    policyArn: input.required("PolicyArn", ARN),
    versionId: input.required("VersionId", VERSION_ID),
  }),
  target: (call, { policyArn }) => policyTarget(call, policyArn),
  run: async (call, { policyArn, versionId }) => {
    const policy = await requirePolicy(call.identities.reader, call.accountId, policyArn);
    const version = requireVersion(policy, versionId);
    return [
      element("PolicyVersion", printVersion(version, { isDefault: version.isDefault, withDocument: true })),
    ];
  },
});
