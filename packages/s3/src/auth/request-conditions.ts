import { type ConditionContext, principalContext } from "@strongroom/iam";
import type { Tags } from "../object/tagging.ts";
import { type ConditionFacts, S3_CONDITION_KEYS, TAG_CONDITION_KEYS } from "./condition-keys.ts";

/** The condition keys of one question about one request, looked up only when a statement asks. */
export class RequestConditions implements ConditionContext {
  readonly #facts: ConditionFacts;
  #ofPrincipal: ConditionContext | null = null;

  constructor(facts: ConditionFacts) {
    this.#facts = facts;
  }

  find(name: string): readonly string[] | undefined {
    const key = S3_CONDITION_KEYS.get(name);
    if (key !== undefined) return this.#applies(key.actions) ? key.read(this.#facts) : undefined;
    const slash = name.indexOf("/");
    const family = slash < 0 ? undefined : TAG_CONDITION_KEYS.get(name.slice(0, slash));
    if (family !== undefined) {
      return this.#applies(family.actions)
        ? findTag(family.tags(this.#facts), name.slice(slash + 1))
        : undefined;
    }
    const { principal, session } = this.#facts.request.caller;
    this.#ofPrincipal ??= principalContext(principal);
    return this.#ofPrincipal.find(name) ?? session?.conditionKeys.get(name);
  }

  #applies(actions: ReadonlySet<string> | null): boolean {
    return actions === null || actions.has(this.#facts.permission.action);
  }
}

/** Condition keys come in lower case, so that a tag's name is compared without case. */
function findTag(tags: Tags | null, lowerName: string): readonly string[] | undefined {
  for (const [name, value] of Object.entries(tags ?? {})) {
    if (name.toLowerCase() === lowerName) return [value];
  }
  return undefined;
}
