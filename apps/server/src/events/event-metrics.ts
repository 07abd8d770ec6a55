import { Counter, Gauge, Registry } from "prom-client";
import type { MetricsReport } from "../metrics.ts";

/** How deliveries go. Webhooks are named by the operator, so their names may be told. */
export class EventMetrics {
  readonly #registry = new Registry();
  readonly #delivered: Counter<"webhook">;
  readonly #failures: Counter<"webhook">;
  readonly #deadLetters: Counter<"webhook">;

  constructor(countWaiting: () => Promise<ReadonlyMap<string, number>>) {
    const common = { labelNames: ["webhook"] as const, registers: [this.#registry] };
    this.#delivered = new Counter({
      name: "strongroom_events_delivered_total",
      help: "Events that a webhook took",
      ...common,
    });
    this.#failures = new Counter({
      name: "strongroom_event_delivery_failures_total",
      help: "Deliveries that a webhook did not take, and that are tried again",
      ...common,
    });
    this.#deadLetters = new Counter({
      name: "strongroom_event_dead_letters_total",
      help: "Events that were given up: refused for good, too old, or too many",
      ...common,
    });
    new Gauge({
      name: "strongroom_events_waiting",
      help: "Events that wait for their delivery",
      ...common,
      async collect() {
        this.reset();
        for (const [webhook, count] of await countWaiting()) this.set({ webhook }, count);
      },
    });
  }

  countDelivered(webhook: string, events: number): void {
    this.#delivered.inc({ webhook }, events);
  }

  countFailure(webhook: string): void {
    this.#failures.inc({ webhook });
  }

  countDeadLetters(webhook: string, events: number): void {
    this.#deadLetters.inc({ webhook }, events);
  }

  report(): Promise<MetricsReport> {
    return this.#registry.getMetricsAsJSON();
  }
}
