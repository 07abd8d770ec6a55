import { parsePolicyDocument } from "../policy/parse-policy-document.ts";
import type { PolicyDocument } from "../policy/policy-document.ts";
import { MAX_TEXT_LENGTH } from "../policy/policy-limits.ts";

const CAPACITY = 5_000;
/** Sizes were checked when the policy was written, against the quota of whatever holds it. */
const LIMITS = { maxSize: MAX_TEXT_LENGTH, ignoresWhitespace: true };

/** Policies compiled once per text: a change of one identity does not compile those of the others again. */
export class CompiledPolicies {
  readonly #documents = new Map<string, PolicyDocument>();

  /** Throws PolicyError for what was never a policy of this kind. */
  compile(kind: "identity" | "trust", text: string): PolicyDocument {
    const name = `${kind} ${text}`;
    const known = this.#documents.get(name);
    if (known !== undefined) return known;
    if (this.#documents.size >= CAPACITY) this.#documents.clear();
    const document = parsePolicyDocument(text, { kind, limits: LIMITS });
    this.#documents.set(name, document);
    return document;
  }
}
