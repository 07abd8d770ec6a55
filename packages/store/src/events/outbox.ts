import { endOfPrefix, type Index, type IndexRecord } from "../index/index-port.ts";
import { eventRange, eventTargetOf, successor } from "../record-keys.ts";
import { decodeEvent } from "../records.ts";
import type { WaitingEvent } from "./object-event.ts";

/** A message that was not delivered yet, with its place. */
export interface OutboxEntry {
  readonly key: Buffer;
  readonly event: WaitingEvent;
}

/** The messages that committed changes left for their targets, oldest first. One process at a time works on them. */
export class EventOutbox {
  readonly #index: Pick<Index, "list" | "commit" | "lastCommit">;

  constructor(index: Pick<Index, "list" | "commit" | "lastCommit">) {
    this.#index = index;
  }

  /** See `Index.lastCommit`: while it stays the same, nothing was added. */
  lastCommit(): number | Promise<number> {
    return this.#index.lastCommit();
  }

  /** The oldest messages to one target, at most `limit`. */
  async list(target: string, limit: number): Promise<readonly OutboxEntry[]> {
    const found = await this.#index.list({ ...eventRange(target), limit });
    return found.map(({ key, value }) => ({ key, event: decodeEvent(value) }));
  }

  /** How many messages wait for a target: counted up to `most`, in small steps. */
  async count(target: string, most: number): Promise<number> {
    const { from, to } = eventRange(target);
    let start: Buffer = from;
    let counted = 0;
    for (;;) {
      const page = await this.#index.list({ from: start, to, limit: Math.min(PAGE, most - counted) });
      counted += page.length;
      const last = page.at(-1);
      if (last === undefined || counted >= most || page.length < PAGE) return counted;
      start = successor(last.key);
    }
  }

  /** Names of targets that messages wait for. */
  async targets(): Promise<readonly string[]> {
    const { from, to } = eventRange(null);
    const names: string[] = [];
    let start: Buffer = from;
    for (;;) {
      const [first]: readonly IndexRecord[] = await this.#index.list({ from: start, to, limit: 1 });
      if (first === undefined) return names;
      const name = eventTargetOf(first.key);
      names.push(name);
      start = endOfPrefix(eventRange(name).from);
    }
  }

  /** Forgets messages: they were delivered, or never will be. */
  async remove(entries: readonly Pick<OutboxEntry, "key">[]): Promise<void> {
    if (entries.length > 0) await this.#index.commit({ deletes: entries.map(({ key }) => key) });
  }
}

const PAGE = 1000;
