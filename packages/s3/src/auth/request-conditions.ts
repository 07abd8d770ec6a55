import { type ConditionContext, joinContexts, principalContext, sessionContext } from "@strongroom/iam";
import type { Tags } from "../object/tagging.ts";
import { type ConditionFacts, S3_CONDITION_KEYS, TAG_CONDITION_KEYS } from "./condition-keys.ts";

/** The condition keys of one question about one request, looked up only when a statement asks. */
export class RequestConditions implements ConditionContext {
  readonly #facts: ConditionFacts;
  #ofCaller: ConditionContext | null = null;

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
    this.#ofCaller ??= callerContext(this.#facts);
    return this.#ofCaller.find(name);
  }

  #applies(actions: ReadonlySet<string> | null): boolean {
    return actions === null || actions.has(this.#facts.permission.action);
  }
}

function callerContext({ request, nowMs }: ConditionFacts): ConditionContext {
  const { principal, session } = request.caller;
  return joinContexts(principalContext(principal), sessionContext(session, nowMs));
}

/** Condition keys come in lower case, so that a tag's name is compared without case. */
function findTag(tags: Tags | null, lowerName: string): readonly string[] | undefined {
  for (const [name, value] of Object.entries(tags ?? {})) {
    if (name.toLowerCase() === lowerName) return [value];
  }
  return undefined;
}
