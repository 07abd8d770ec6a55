import type { AuthorizationRequest, Decision, NamedPolicy, ResourcePolicy } from "@strongroom/iam";

/** Who answers whether a principal may do something; knows what is attached to the principal. */
export interface AccessDecider {
  /** `sessionPolicies` are those of temporary credentials; null when there are none. */
  decide(
    request: AuthorizationRequest,
    resourcePolicy: ResourcePolicy | null,
    sessionPolicies: readonly NamedPolicy[] | null,
  ): Decision | Promise<Decision>;
}
