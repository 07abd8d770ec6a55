import type { PolicySet } from "./generate-policies.ts";
import type { Random } from "./random.ts";
import { CONTEXT_KEYS, type KeyKind } from "./universe.ts";

export interface RequestJson {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

const KINDS: readonly KeyKind[] = ["text", "truth", "number", "moment", "address", "arn", "list"];

export function generateRequest(random: Random, { subject }: PolicySet): RequestJson {
  const context: Record<string, string | readonly string[]> = {};
  for (const kind of KINDS) {
    for (const [key, values] of Object.entries<readonly string[]>(CONTEXT_KEYS[kind])) {
      if (random.chance(0.35)) continue;
      context[key] = kind === "list" ? random.some(values, 3) : random.pick(values);
    }
  }
  return { action: random.pick(subject.actions), resource: random.pick(subject.resources), context };
}
