import { randomUUID } from "node:crypto";

/**
 * The lives of the processes of this server. The primary process holds the data folder's lock and has seen all earlier
 * processes end, so a life that is not in here is over.
 */
export class Lives {
  readonly #live = new Set<string>();

  /** A name that no life ever had. */
  begin(): string {
    const incarnation = randomUUID();
    this.#live.add(incarnation);
    return incarnation;
  }

  end(incarnation: string): void {
    this.#live.delete(incarnation);
  }

  readonly isLive = (incarnation: string): boolean => this.#live.has(incarnation);
}
