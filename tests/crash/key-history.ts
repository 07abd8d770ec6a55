export interface Attempt<State> {
  readonly startedMs: number;
  value: State;
  /** When the answer came; null: none came, so it may have happened or not. */
  acknowledgedMs: number | null;
}

/**
 * All changes tried on one thing since its state was last seen. An attempt may be what is found unless another one,
 * acknowledged, began after it had been acknowledged. An attempt without an answer is never ruled out.
 */
export class History<State> {
  #attempts: Attempt<State>[];
  #isSeen: boolean;

  /** `isSeen`: the state was looked at, and not only acknowledged. */
  constructor(value: State, isSeen: boolean) {
    this.#attempts = [{ value, startedMs: 0, acknowledgedMs: 0 }];
    this.#isSeen = isSeen;
  }

  begin(value: State): Attempt<State> {
    const attempt: Attempt<State> = { value, startedMs: performance.now(), acknowledgedMs: null };
    this.#attempts.push(attempt);
    return attempt;
  }

  /** With what the answer told of it, where it told more than was known. */
  acknowledge(attempt: Attempt<State>, value = attempt.value): void {
    attempt.value = value;
    attempt.acknowledgedMs = performance.now();
  }

  get isTouched(): boolean {
    return !this.#isSeen || this.#attempts.length > 1;
  }

  possible(): readonly State[] {
    const acknowledged = this.#attempts.filter((attempt) => attempt.acknowledgedMs !== null);
    return this.#attempts
      .filter(({ acknowledgedMs }) => {
        if (acknowledgedMs === null) return true;
        return !acknowledged.some((later) => later.startedMs > acknowledgedMs);
      })
      .map((attempt) => attempt.value);
  }

  /** The one value it must have, or undefined while more than one is possible. */
  certain(): State | undefined {
    const [only, ...others] = this.possible();
    return others.length === 0 ? only : undefined;
  }

  /** The state was seen: the history starts anew from it. */
  settle(value: State): void {
    this.#attempts = [{ value, startedMs: 0, acknowledgedMs: 0 }];
    this.#isSeen = true;
  }
}
