import type { QueryParameters } from "@strongroom/wire";
import type { ConditionContext } from "../policy/authorization.ts";
import { mapContext } from "../policy/principal-context.ts";
import { ACTION_NAME, ARN, POLICY_DOCUMENT, RESOURCE_NAME } from "./constraints.ts";
import { IamApiError } from "./iam-api-error.ts";
import type { InputReader, PageRequest } from "./input-reader.ts";

/** Members that both simulations have. */
export interface SimulationInput {
  readonly policyTexts: readonly string[];
  readonly boundaryTexts: readonly string[];
  readonly actions: readonly string[];
  /** Empty: not sent, which means all resources. */
  readonly resources: readonly string[];
  readonly resourcePolicyText: string | null;
  readonly resourceOwner: string | null;
  readonly callerArn: string | null;
  readonly context: ConditionContext;
  readonly page: PageRequest;
}

const MOST_POLICIES = 100;
const MOST_NAMES = 5_000;
const MOST_CONTEXT_ENTRIES = 500;

export function readSimulation(input: InputReader): SimulationInput {
  const actions = input.requiredTexts("ActionNames", ACTION_NAME, MOST_NAMES);
  return {
    policyTexts: input.texts("PolicyInputList", POLICY_DOCUMENT, MOST_POLICIES),
    boundaryTexts: input.texts("PermissionsBoundaryPolicyInputList", POLICY_DOCUMENT, 1),
    actions,
    resources: input.texts("ResourceArns", RESOURCE_NAME, MOST_NAMES),
    resourcePolicyText: input.optional("ResourcePolicy", POLICY_DOCUMENT) ?? null,
    resourceOwner: input.optional("ResourceOwner", { min: 1, max: 2048 }) ?? null,
    callerArn: input.optional("CallerArn", ARN) ?? null,
    context: mapContext(readEntries(input.structures("ContextEntries", MOST_CONTEXT_ENTRIES))),
    page: input.page(),
  };
}

function readEntries(entries: readonly QueryParameters[]): Readonly<Record<string, readonly string[]>> {
  const keys = entries.map((entry) => {
    const name = entry.text("ContextKeyName") ?? "";
    if (!/^[\w:./ -]{3,256}$/.test(name)) {
      throw new IamApiError("InvalidInput", `Invalid context key name: ${name.slice(0, 256)}`);
    }
    return [name, entry.texts("ContextKeyValues")] as const;
  });
  return Object.fromEntries(keys);
}

/** Throws InvalidInput for what is no action of a service. */
export function requireActions(actions: readonly string[]): void {
  const wrong = actions.find((action) => !/^[A-Za-z0-9-]+:[A-Za-z0-9]+$/.test(action));
  if (wrong !== undefined) throw new IamApiError("InvalidInput", `Invalid Action name: ${wrong}`);
}
