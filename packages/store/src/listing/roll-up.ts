/**
 * Groups keys that share everything up to a delimiter. Feed keys in order; `classify` says what each one is.
 * A group is reported once, and not at all when it is at or before `after` (it was on an earlier page).
 */
export class RollUp {
  readonly #prefixLength: number;
  readonly #delimiter: string;
  readonly #after: Buffer;
  #group: string | null = null;

  constructor(prefix: string, delimiter: string, after: string) {
    this.#prefixLength = prefix.length;
    this.#delimiter = delimiter;
    this.#after = Buffer.from(after, "utf8");
  }

  /** A new common prefix, "grouped" for a key inside the one reported last, or "key" for a key of its own. */
  classify(objectKey: string): { readonly commonPrefix: string } | "grouped" | "key" {
    if (this.#delimiter === "") return "key";
    const at = objectKey.indexOf(this.#delimiter, this.#prefixLength);
    if (at < 0) return "key";
    const group = objectKey.slice(0, at + this.#delimiter.length);
    if (group === this.#group) return "grouped";
    this.#group = group;
    if (this.#after.length > 0 && Buffer.compare(Buffer.from(group, "utf8"), this.#after) <= 0)
      return "grouped";
    return { commonPrefix: group };
  }

  /** The group that the last key belonged to, when it belonged to one: the next read may skip past it. */
  get group(): string | null {
    return this.#group;
  }
}
