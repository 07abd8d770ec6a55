import type { Clock } from "@strongroom/base";
import type { EventOutbox } from "@strongroom/store";
import type { WebhookConfig } from "../config.ts";
import type { Logger } from "../log.ts";
import type { MetricsReport } from "../metrics.ts";
import { DeliveryLane, QUEUE_LIMIT } from "./delivery-lane.ts";
import { EventMetrics } from "./event-metrics.ts";
import type { WebhookCall } from "./webhook-call.ts";

export interface EventDeliveryOptions {
  readonly outbox: EventOutbox;
  readonly webhooks: readonly WebhookConfig[];
  readonly call: WebhookCall;
  readonly region: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How often it is asked whether anything was committed: the answer is one number. */
const LOOK_INTERVAL_MS = 200;
/** A call under way at the end gets this long; what it carried waits for the next start, and may come twice. */
const GRACE_MS = 3_000;

interface Lane {
  readonly lane: DeliveryLane;
  running: Promise<void> | null;
  /** The commit after which nothing waited. */
  emptyAt: number | null;
}

/**
 * Delivers what changes left in the outbox. It runs in the primary process only, which holds the lock of the data
 * folder: that is its lease, and it ends with the process, however that ends.
 */
export class EventDelivery {
  readonly #options: EventDeliveryOptions;
  readonly #metrics: EventMetrics;
  readonly #lanes: readonly Lane[];
  readonly #ending = new AbortController();
  readonly #timer: NodeJS.Timeout | null;
  #isStopped = false;

  constructor(options: EventDeliveryOptions) {
    this.#options = options;
    this.#metrics = new EventMetrics(() => this.#countWaiting());
    const common = { ...options, metrics: this.#metrics, signal: this.#ending.signal };
    this.#lanes = options.webhooks.map((webhook) => ({
      lane: new DeliveryLane({ ...common, webhook }),
      running: null,
      emptyAt: null,
    }));
    // Without a webhook there is nothing to do, ever.
    this.#timer =
      options.webhooks.length === 0 ? null : setInterval(() => void this.look(), LOOK_INTERVAL_MS);
    this.#timer?.unref();
  }

  report(): Promise<MetricsReport> {
    return this.#metrics.report();
  }

  /** Forgets messages to webhooks that the settings no longer name. Never rejects. */
  async forgetUnknown(): Promise<void> {
    const { outbox, webhooks, log } = this.#options;
    try {
      for (const name of await outbox.targets()) {
        if (webhooks.some((webhook) => webhook.name === name)) continue;
        let forgotten = 0;
        for (;;) {
          const entries = await outbox.list(name, 1000);
          if (entries.length === 0) break;
          await outbox.remove(entries);
          forgotten += entries.length;
        }
        log.warn(
          { webhook: name, events: forgotten },
          "events for a webhook that there is no more were given up",
        );
      }
    } catch (error) {
      log.error(
        { err: error },
        "events for former webhooks were not removed; it is tried again at the next start",
      );
    }
  }

  /** Starts every lane that has something to do. Never rejects. */
  async look(): Promise<void> {
    if (this.#isStopped) return;
    const commit = await this.#options.outbox.lastCommit();
    for (const entry of this.#lanes) {
      if (entry.running !== null || entry.lane.isPausing || entry.emptyAt === commit || this.#isStopped)
        continue;
      entry.running = this.#work(entry, commit).finally(() => {
        entry.running = null;
      });
    }
  }

  /** Resolves when no call is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    const cut = setTimeout(() => this.#ending.abort(), GRACE_MS);
    await Promise.all(this.#lanes.map(({ running }) => running));
    clearTimeout(cut);
    this.#ending.abort();
  }

  async #work(entry: Lane, commit: number): Promise<void> {
    try {
      entry.emptyAt = (await entry.lane.work()) ? commit : null;
    } catch (error) {
      this.#options.log.error({ err: error }, "events were not delivered; it is tried again");
    }
  }

  async #countWaiting(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    const commit = await this.#options.outbox.lastCommit();
    for (const [at, { name }] of this.#options.webhooks.entries()) {
      const isEmpty = this.#lanes[at]?.emptyAt === commit;
      counts.set(name, isEmpty ? 0 : await this.#options.outbox.count(name, QUEUE_LIMIT));
    }
    return counts;
  }
}
