import { Counter, Gauge, Registry } from "prom-client";
import type { MetricsReport } from "../metrics.ts";
import type { ScrubRun } from "./scrub-record.ts";

/** Of the background verification, which runs in one process beside those that answer requests. */
export class ScrubMetrics {
  readonly #registry = new Registry();
  readonly #findings: Gauge;
  readonly #bodies: Gauge;
  readonly #bytes: Gauge;
  readonly #passes: Gauge;
  readonly #finished: Gauge;
  readonly #failures: Counter;
  #finishedMs = 0;

  constructor() {
    const registers = [this.#registry];
    const gauge = (name: string, help: string) =>
      new Gauge({ name: `strongroom_scrub_${name}`, help, registers });
    this.#findings = gauge("findings", "What the pass under way, or the last one, found wrong");
    this.#bodies = gauge("bodies", "Sealed bodies that the pass under way, or the last one, has looked at");
    this.#bytes = gauge("bytes", "Sealed bytes that the pass under way, or the last one, has looked at");
    this.#passes = gauge("passes", "Passes over everything stored that were completed");
    this.#finished = gauge(
      "last_pass_seconds",
      "When the last pass ended, in seconds since the epoch; 0: never",
    );
    this.#failures = new Counter({
      name: "strongroom_integrity_failures_total",
      help: "Stored data or records that failed authentication",
      registers,
    });
  }

  show({ found, counts, passes, finishedMs }: ScrubRun): void {
    this.#findings.set(found);
    this.#bodies.set(counts.tallies.reduce((sum, { bodies }) => sum + bodies, 0));
    this.#bytes.set(counts.tallies.reduce((sum, { sealedBytes }) => sum + sealedBytes, 0));
    this.#passes.set(passes);
    this.#finishedMs = finishedMs ?? this.#finishedMs;
    this.#finished.set(Math.floor(this.#finishedMs / 1000));
  }

  /** The alarm: the same counter as for what readers meet. */
  countFindings(count: number): void {
    this.#failures.inc(count);
  }

  async report(): Promise<MetricsReport> {
    return await this.#registry.getMetricsAsJSON();
  }
}
