import { setTimeout as sleep } from "node:timers/promises";

/** The shortest wait that is worth a timer, in milliseconds. */
const LEAST_WAIT_MS = 20;
/** What was not used is not saved up for longer than this. */
const MAX_CREDIT_MS = 1_000;

/** Holds work to so many bytes a second. `nowMs` only grows. */
export class Rate {
  readonly #bytesPerMs: number;
  readonly #nowMs: () => number;
  /** When everything taken so far is paid for. */
  #paidMs: number;

  /** 0: no limit. */
  constructor(bytesPerSecond: number, nowMs: () => number = () => performance.now()) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#nowMs = nowMs;
    this.#paidMs = nowMs();
  }

  /** Takes note of work that was done, and waits until it is within the rate. */
  async take(bytes: number): Promise<void> {
    const waitMs = this.owe(bytes);
    if (waitMs >= LEAST_WAIT_MS) await sleep(waitMs);
  }

  /** As `take`, without the waiting: how long it would be. */
  owe(bytes: number): number {
    if (this.#bytesPerMs === 0) return 0;
    const nowMs = this.#nowMs();
    this.#paidMs = Math.max(this.#paidMs, nowMs - MAX_CREDIT_MS) + bytes / this.#bytesPerMs;
    return Math.max(0, this.#paidMs - nowMs);
  }
}
