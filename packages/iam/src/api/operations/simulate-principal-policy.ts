import { ARN } from "../constraints.ts";
import { operation } from "../operation.ts";
import { runSimulation } from "../simulation.ts";
import { readSimulation } from "../simulation-input.ts";
import { compileInputs, principalOf, requireSource, sourceTarget } from "../simulation-source.ts";

/** What a user, group or role of the account could do, with what is attached to it now and what is sent along. */
export const simulatePrincipalPolicy = operation({
  name: "SimulatePrincipalPolicy",
  read: (input) => ({ sourceArn: input.required("PolicySourceArn", ARN), ...readSimulation(input) }),
  target: (call, { sourceArn }) => sourceTarget(call, sourceArn),
  run: async (call, { sourceArn, ...input }) => {
    const source = await requireSource(call, sourceArn);
    const attached = await call.identities.policiesHeldBy(source);
    const caller = input.callerArn === null ? source : await requireSource(call, input.callerArn);
    const [boundary = attached.boundary] = compileInputs(
      "PermissionsBoundaryPolicyInputList",
      input.boundaryTexts,
    );
    const identity = [...attached.identity, ...compileInputs("PolicyInputList", input.policyTexts)];
    return runSimulation(call, input, {
      principal: principalOf(caller),
      isNamed: caller.kind !== "group",
      policies: { identity, boundary, session: null },
    });
  },
});
