import type { Clock } from "@strongroom/base";
import { eventDocument, testEventDocument } from "@strongroom/s3";
import type { EventOutbox, ObjectEvent, OutboxEntry } from "@strongroom/store";
import type { WebhookConfig } from "../config.ts";
import type { Logger } from "../log.ts";
import type { EventMetrics } from "./event-metrics.ts";
import type { CallOutcome, WebhookCall } from "./webhook-call.ts";

export interface LaneOptions {
  readonly webhook: WebhookConfig;
  readonly outbox: Pick<EventOutbox, "list" | "count" | "remove">;
  readonly call: WebhookCall;
  readonly metrics: Pick<EventMetrics, "countDelivered" | "countFailure" | "countDeadLetters">;
  readonly region: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Events in one message, where many wait. */
const BATCH = 25;
/** More than this wait for nobody: the oldest are given up. */
export const QUEUE_LIMIT = 100_000;
const TRIM_PAGE = 1000;
const TRIM_INTERVAL_MS = 60_000;
export const AGE_LIMIT_MS = 24 * 3600_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
/** A pause is between this much less and more than it would be. */
const JITTER = 0.25;
const MOST_JITTER = 1 + JITTER;
/** How often one message is refused as such before it is given up, so that those behind it get their turn. */
const REFUSALS_LIMIT = 5;
/** Answers that say something of the receiver or its moment, and nothing of the message. */
const NOT_OF_THE_MESSAGE: ReadonlySet<number> = new Set([401, 403, 404, 407, 408, 421, 425, 429]);

/** The messages to one webhook, in order, one at a time. What it did not take is tried again, ever more slowly. */
export class DeliveryLane {
  readonly #options: LaneOptions;
  #failures = 0;
  #refusals = 0;
  #notBeforeMs = 0;
  #trimAtMs = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Whether it waits before it tries again. */
  get isPausing(): boolean {
    return this.#isAhead(this.#notBeforeMs, LONGEST_PAUSE_MS * MOST_JITTER);
  }

  /** Whether a time that was set to be at most `mostMs` ahead is to come. A clock that was put back meanwhile ends the wait. */
  #isAhead(timeMs: number, mostMs: number): boolean {
    const waitMs = timeMs - this.#options.clock.nowMs();
    return waitMs > 0 && waitMs <= mostMs;
  }

  /** Delivers until nothing waits or a delivery fails. True: nothing waits. */
  async work(): Promise<boolean> {
    const { outbox, webhook, signal } = this.#options;
    while (!signal.aborted) {
      const limit = this.#failures === 0 ? BATCH : 1;
      const waiting = await this.#withoutOld(await outbox.list(webhook.name, limit));
      if (waiting === null) continue;
      const batch = firstMessage(waiting);
      if (batch.length === 0) return true;
      if (!(await this.#deliver(batch))) return false;
    }
    return false;
  }

  async #deliver(batch: readonly OutboxEntry[]): Promise<boolean> {
    const { outbox, webhook, call, metrics, region, signal } = this.#options;
    const outcome = await call(webhook, printMessage(batch, region), signal);
    if (outcome.kind === "answered" && outcome.status >= 200 && outcome.status < 300) {
      await outbox.remove(batch);
      metrics.countDelivered(webhook.name, batch.length);
      this.#failures = 0;
      this.#refusals = 0;
      return true;
    }
    if (signal.aborted) return false;
    metrics.countFailure(webhook.name);
    await this.#handleFailure(batch, outcome);
    return false;
  }

  async #handleFailure(batch: readonly OutboxEntry[], outcome: CallOutcome): Promise<void> {
    const { webhook, clock, log } = this.#options;
    this.#failures++;
    this.#refusals = isRefusal(outcome) && batch.length === 1 ? this.#refusals + 1 : 0;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(this.#failures - 1, 20), LONGEST_PAUSE_MS);
    this.#notBeforeMs = clock.nowMs() + pauseMs * (1 - JITTER + Math.random() * 2 * JITTER);
    const { kind: _kind, ...why } = outcome;
    log.warn({ webhook: webhook.name, failures: this.#failures, ...why }, "a webhook took no message");
    if (this.#refusals >= REFUSALS_LIMIT) {
      this.#refusals = 0;
      this.#failures = 0;
      this.#notBeforeMs = 0;
      await this.#giveUp(batch, "refused");
    }
    await this.#trim();
  }

  /** null: some were too old and are gone; it is to be looked again. */
  async #withoutOld(entries: readonly OutboxEntry[]): Promise<readonly OutboxEntry[] | null> {
    const { outbox, webhook, clock } = this.#options;
    const oldestMs = clock.nowMs() - AGE_LIMIT_MS;
    const isOld = ({ event }: OutboxEntry): boolean => event.atMs < oldestMs;
    if (!entries.some(isOld)) return entries;
    // Where one is too old, many are: after a failure it is one at a time that is looked at.
    await this.#giveUp((await outbox.list(webhook.name, TRIM_PAGE)).filter(isOld), "too old");
    return null;
  }

  async #trim(): Promise<void> {
    const { outbox, webhook, clock, signal } = this.#options;
    if (this.#isAhead(this.#trimAtMs, TRIM_INTERVAL_MS)) return;
    this.#trimAtMs = clock.nowMs() + TRIM_INTERVAL_MS;
    const countExcess = async (): Promise<number> =>
      (await outbox.count(webhook.name, QUEUE_LIMIT * 2)) - QUEUE_LIMIT;
    // Counting ends at a bound, and more comes meanwhile: it is over when a count says so.
    for (let excess = await countExcess(); excess > 0; excess = await countExcess()) {
      while (excess > 0) {
        const oldest = await outbox.list(webhook.name, Math.min(excess, TRIM_PAGE));
        if (oldest.length === 0 || signal.aborted) return;
        await this.#giveUp(oldest, "too many");
        excess -= oldest.length;
      }
    }
  }

  async #giveUp(entries: readonly OutboxEntry[], reason: string): Promise<void> {
    const { outbox, webhook, metrics, log } = this.#options;
    await outbox.remove(entries);
    metrics.countDeadLetters(webhook.name, entries.length);
    log.error({ webhook: webhook.name, events: entries.length, reason }, "events were given up");
  }
}

/** A test message has a form of its own and goes alone. */
function firstMessage(waiting: readonly OutboxEntry[]): readonly OutboxEntry[] {
  const [first] = waiting;
  if (first === undefined) return [];
  if (first.event.what === "test") return [first];
  const end = waiting.findIndex(({ event }) => event.what === "test");
  return end === -1 ? waiting : waiting.slice(0, end);
}

function printMessage(batch: readonly OutboxEntry[], region: string): string {
  const [first] = batch;
  if (first?.event.what === "test") return testEventDocument(first.event);
  const events = batch
    .map(({ event }) => event)
    .filter((event): event is ObjectEvent => event.what === "object");
  return eventDocument(events, region);
}

/** The receiver says that it will not have this message, whenever it comes. */
function isRefusal(outcome: CallOutcome): boolean {
  if (outcome.kind !== "answered") return false;
  return outcome.status >= 400 && outcome.status < 500 && !NOT_OF_THE_MESSAGE.has(outcome.status);
}
