import assert from "node:assert/strict";

/** Counts what a check really looked at, so that a check of nothing cannot pass. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(what: string, count = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + count);
  }

  count(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  toString(): string {
    return [...this.#counts].map(([what, count]) => `${count} ${what}`).join(", ");
  }

  /** Prints the counts through `print` and fails when nothing was counted, or one of `required` was not. */
  conclude(print: (line: string) => void, required: readonly string[] = []): void {
    print(`checked: ${this.toString()}`);
    assert.notEqual(this.total, 0, "nothing was checked");
    for (const what of required) assert.notEqual(this.count(what), 0, `nothing was checked of: ${what}`);
  }
}
