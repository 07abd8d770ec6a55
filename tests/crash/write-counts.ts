import type { Scheme } from "../harness/schemes.ts";

/** How many writes were acknowledged, by path and scheme, and what became of the others. */
export class WriteCounts {
  readonly #acknowledged = new Map<string, Map<string, number>>();
  unanswered = 0;
  refused = 0;

  acknowledged(path: string, scheme: Scheme | "-"): void {
    const row = this.#acknowledged.get(path) ?? new Map<string, number>();
    this.#acknowledged.set(path, row.set(scheme, (row.get(scheme) ?? 0) + 1));
  }

  get total(): number {
    return [...this.#acknowledged.keys()].reduce((sum, path) => sum + this.of(path), 0);
  }

  of(path: string): number {
    return [...(this.#acknowledged.get(path)?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  }

  /** One line a path. */
  print(): string {
    return [...this.#acknowledged]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(
        ([path, row]) => `  ${path}: ${[...row].map(([scheme, count]) => `${scheme} ${count}`).join(", ")}`,
      )
      .join("\n");
  }
}
