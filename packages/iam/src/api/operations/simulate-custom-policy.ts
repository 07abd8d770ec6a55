import { operation } from "../operation.ts";
import { runSimulation } from "../simulation.ts";
import { readSimulation } from "../simulation-input.ts";
import { compileInputs, principalOf, requireSource, unnamedPrincipal } from "../simulation-source.ts";
import { NO_RESOURCE } from "../targets.ts";

/** What the policies that are sent would allow. */
export const simulateCustomPolicy = operation({
  name: "SimulateCustomPolicy",
  read: (input) => readSimulation(input),
  target: () => NO_RESOURCE,
  run: async (call, input) => {
    const caller = input.callerArn === null ? null : await requireSource(call, input.callerArn);
    const [boundary = null] = compileInputs("PermissionsBoundaryPolicyInputList", input.boundaryTexts);
    const identity = compileInputs("PolicyInputList", input.policyTexts);
    return runSimulation(call, input, {
      principal: caller === null ? unnamedPrincipal(call.accountId) : principalOf(caller),
      isNamed: caller !== null,
      policies: { identity, boundary, session: null },
    });
  },
});
