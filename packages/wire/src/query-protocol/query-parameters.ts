/** Index and, for a list of structures, the parameters below it. */
const MEMBER = /^[1-9]\d{0,5}$/;

/**
 * The parameters of one request, or of one structure inside it, as a tree along the dots of their names:
 * `Tags.member.1.Key=a` is found as `list("Tags")[0].text("Key")`. Nothing here is validated but its shape.
 */
export class QueryParameters {
  readonly #value: string | undefined;
  readonly #children: ReadonlyMap<string, QueryParameters>;

  constructor(value: string | undefined, children: ReadonlyMap<string, QueryParameters>) {
    this.#value = value;
    this.#children = children;
  }

  /** The text under `name`; undefined when it was not sent. An empty text was sent. */
  text(name: string): string | undefined {
    const node = this.#children.get(name);
    return node === undefined ? undefined : node.#value;
  }

  /** Members of `name.member.N`, by ascending N whatever gaps there are. Empty when nothing was sent. */
  list(name: string): readonly QueryParameters[] {
    return this.#numbered(name, "member");
  }

  /** As `list`, for members that are texts; a member that is a structure counts as an empty text. */
  texts(name: string): readonly string[] {
    return this.list(name).map((member) => member.#value ?? "");
  }

  /** A list that was sent without members: `Tags=`. It differs from one that was not sent at all. */
  hasList(name: string): boolean {
    const node = this.#children.get(name);
    return node !== undefined && (node.#value === "" || node.#children.has("member"));
  }

  /** Pairs of `name.entry.N.key` and `name.entry.N.value`, by ascending N. */
  entries(name: string): readonly (readonly [string, string])[] {
    return this.#numbered(name, "entry").map(
      (entry) => [entry.text("key") ?? "", entry.text("value") ?? ""] as const,
    );
  }

  #numbered(name: string, kind: "member" | "entry"): readonly QueryParameters[] {
    const node = this.#children.get(name);
    const numbered = node === undefined ? undefined : node.#children.get(kind);
    if (numbered === undefined) return [];
    return [...numbered.#children]
      .filter(([index]) => MEMBER.test(index))
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([, member]) => member);
  }
}
