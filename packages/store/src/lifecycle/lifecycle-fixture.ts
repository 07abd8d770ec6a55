import type { LifecycleConditions, LifecycleRule } from "./lifecycle-rule.ts";

type RuleFields = Partial<Omit<LifecycleRule, "conditions">> & {
  readonly conditions?: Partial<LifecycleConditions>;
};

/** A rule about everything that does nothing but what is given, for tests. */
export function ruleOf({ conditions = {}, ...fields }: RuleFields = {}): LifecycleRule {
  return {
    id: "rule",
    isEnabled: true,
    form: "filter",
    expiration: null,
    noncurrentExpiration: null,
    abortUploadsAfterDays: null,
    transitions: [],
    noncurrentTransitions: [],
    ...fields,
    conditions: { prefix: null, tags: [], sizeGreaterThan: null, sizeLessThan: null, ...conditions },
  };
}
