import { type NamedPolicy, parsePolicyDocument } from "@strongroom/iam";
import type { KmsKey } from "../keys/kms-key.ts";

const MAX_KEPT = 5000;

/** Key policies, parsed and compiled once for as long as their text stays. */
export class KeyPolicies {
  readonly #kept = new Map<string, { readonly text: string; readonly policy: NamedPolicy }>();

  /** Throws when a stored policy is none: then nobody may use the key. */
  of(key: KmsKey): NamedPolicy {
    const text = key.record.boundPolicy;
    const kept = this.#kept.get(key.arn);
    if (kept !== undefined && kept.text === text) return kept.policy;
    const document = parsePolicyDocument(text, { kind: "kms-key" });
    const policy = { name: `${key.arn} policy`, document };
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(key.arn, { text, policy });
    return policy;
  }
}
